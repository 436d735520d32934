#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "gateway/server.hpp"
#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {

/// A server on a port of its own in front of the fake actors, and raw sockets to it.
class server_fixture : public gateway_fixture {
 protected:
  void SetUp() override;
  void TearDown() override;
  /// With the options and times of this moment.
  void start_server();

  struct client {
    explicit client(std::uint16_t port);
    void send(std::string_view bytes);
    /// Everything until the server closes; fails the test after 10 s of silence.
    std::string read_all();
    /// One answer, head and body.
    std::string read_answer();
    bool is_closed();

    net::io_context io;
    net::ip::tcp::socket socket{io};
    std::string pending;
  };
  client connect() { return client{port()}; }
  std::uint16_t port() const { return http->ports().at(0); }
  /// Sends on a new connection and reads until the server closes it.
  std::string exchange(std::string_view bytes);

  server_times times;
  tls_options tls;
  std::optional<server> http;
};

/// The three digits of an answer's first line; 0 if there is none.
int status_of_bytes(std::string_view answer);

}  // namespace stellwerk::gateway
