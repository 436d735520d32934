#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/options.hpp"
#include "gateway/services.hpp"
#include "gateway/session_times.hpp"
#include "gateway/stream_limits.hpp"

namespace stellwerk::gateway {

struct server_times {
  session_times session;
  stream_times stream;
};

/// HTTP and WebSockets in front of a node's actors: a few I/O threads, each with its own listeners,
/// connections and questions, so that no request crosses threads here.
///
///   gateway::server http{options, tls, services};
///   http.start();
///   …
///   http.stop();   // before the actors
class server {
 public:
  /// Throws std::runtime_error with what to do if an address is taken or the certificate is not to
  /// be had; `check(options, tls)` is to have found nothing. Listens from here on, answers from
  /// `start` on.
  server(
      const gateway_options& options, const tls_options& tls, services all, server_times times = {}
  );
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  void start();

  /// `http://127.0.0.1:8080`, with the ports that zeros became, in the order of the options.
  std::vector<std::string> addresses() const;
  std::vector<std::uint16_t> ports() const;

  /// Accepts no more, closes streams with 1001, lets open requests end for 5 s, then returns. Any
  /// thread but the server's own; twice is once.
  void stop();

 private:
  struct worker;
  struct shared_state;
  std::unique_ptr<shared_state> shared_;
  std::vector<std::unique_ptr<worker>> workers_;
};

}  // namespace stellwerk::gateway
