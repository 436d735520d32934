#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>

#include "nodes/sim/modbus_server.hpp"
#include "nodes/sim/write_log.hpp"

namespace stellwerk::sim {

/// HTTP in front of `answer_control`. Bodies ≤ 4 KiB (else 413), headers ≤ 8 KiB; a request, an
/// answer or the pause between two may take 10 s. It has no login: keep it on loopback.
class control {
 public:
  static constexpr std::size_t sessions_max = 32;  ///< a further one is closed at once

  /// Listens at once; throws `boost::system::system_error` when the port is not free.
  control(
      net::io_context& io, net::ip::tcp::endpoint at, modbus_server& server, const write_log& log
  );

  net::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  net::awaitable<void> accept();
  net::awaitable<void> serve(net::ip::tcp::socket socket);

  net::io_context& io_;
  modbus_server& server_;
  const write_log& log_;
  net::ip::tcp::acceptor acceptor_;
  std::size_t sessions_ = 0;
};

}  // namespace stellwerk::sim
