#pragma once

#include <string>
#include <vector>

namespace stellwerk {

/// What a start tells scripts, as one JSON line on stdout.
struct ready_facts {
  std::vector<std::string> http;
  std::string metrics;           // empty: no listener
  std::string setup_token_file;  // empty: an administrator exists
};

void announce_ready(const ready_facts& facts);

/// Tells systemd (sd_notify(3)), if it started us: `READY=1`, `STOPPING=1`.
void notify_service_manager(const std::string& state);

}  // namespace stellwerk
