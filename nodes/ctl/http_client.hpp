#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "nodes/ctl/connection.hpp"

namespace stellwerk::ctl {

struct http_reply {
  int status = 0;
  std::string body;  // ≤ 64 MiB
};

/// One request over a connection of its own; throws `unreachable`.
struct http_call {
  std::string method = "GET";
  std::string target;
  std::string body;  // JSON; empty: none
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds within{15'000};
};
http_reply call(const server_address& server, const std::string& ca_file, const http_call& what);

}  // namespace stellwerk::ctl
