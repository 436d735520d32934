#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
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

/// The same, with the body of a 200 given to `sink` as it comes, however long it is: `within` is
/// then the longest silence.
using body_sink = std::function<void(std::string_view)>;
http_reply download(
    const server_address& server, const std::string& ca_file, const http_call& what,
    const body_sink& sink
);

}  // namespace stellwerk::ctl
