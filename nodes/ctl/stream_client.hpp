#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "nodes/ctl/http_client.hpp"

namespace stellwerk::ctl {

/// A text frame of `/ws/stream`; what is to be sent back, empty for nothing.
using on_frame = std::function<std::string(const std::string& text)>;

struct stream_call {
  std::string token;            // access token
  std::string first_frame;      // sent once the upgrade is done
  std::chrono::seconds run{0};  // 0: until the server closes
};

/// Opens `/ws/stream` and hands over what comes. Silence of 60 s (the server pings every 20 s) or a
/// closed connection throws `unreachable`.
void follow_stream(
    const server_address& server, const std::string& ca_file, const stream_call& what,
    const on_frame& each
);

}  // namespace stellwerk::ctl
