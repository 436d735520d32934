#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace stellwerk::ctl {

/// The server could not be reached, or broke off. The text is for people.
struct unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct http_reply {
  int status = 0;
  std::string body;  // ≤ 64 MiB
};

struct server_address {
  bool tls = false;
  std::string host;
  std::string port;
};
/// `http[s]://host[:port]`, nothing behind it. Throws std::invalid_argument.
server_address parse_server(const std::string& url);

/// One request over a connection of its own; throws `unreachable`. With TLS the certificate is
/// checked against the system's roots and `ca_file` (if not empty), and against the host's name.
struct http_call {
  std::string method = "GET";
  std::string target;
  std::string body;  // JSON; empty: none
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds within{15'000};
};
http_reply call(const server_address& server, const std::string& ca_file, const http_call& what);

}  // namespace stellwerk::ctl
