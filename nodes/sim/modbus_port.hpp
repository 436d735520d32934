#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <unordered_set>
#include <vector>

#include "nodes/sim/fault.hpp"
#include "nodes/sim/modbus_frame.hpp"
#include "nodes/sim/modbus_unit.hpp"
#include "nodes/sim/write_log.hpp"

namespace stellwerk::sim {

namespace net = boost::asio;

/// A unit as its port serves it.
struct served_unit {
  std::uint8_t id = 0;
  modbus_unit unit;
  fault wrong{};               ///< how it misbehaves at present
  std::uint64_t requests = 0;  ///< that arrived, answered or not
  std::uint64_t writes = 0;    ///< that were carried out
};

/// One listening Modbus TCP port with the units 1..n behind it. A connection's requests are
/// answered one after the other. A unit that is not there answers exception 11; a frame that is no
/// Modbus ends the connection. Runs on the one thread of `io`, which must outlive its last handler.
class modbus_port {
 public:
  static constexpr std::size_t connections_max = 400;  ///< a further one is closed at once
  static constexpr std::uint16_t units_max = 247;

  /// Listens at once; `at` may have port 0. Throws `boost::system::system_error` when the port is
  /// not free.
  modbus_port(
      net::io_context& io, net::ip::tcp::endpoint at, std::uint16_t units, std::uint32_t seed,
      write_log& log
  );

  net::ip::tcp::endpoint endpoint() const { return at_; }
  std::uint16_t number() const { return at_.port(); }
  std::vector<served_unit>& units() { return units_; }
  served_unit* find(std::uint8_t unit);
  bool listening() const { return acceptor_.is_open(); }

  /// Opens the same port again.
  boost::system::error_code listen();
  /// Ends the listening and resets every connection; no request is carried out from now on.
  void refuse();
  /// Brings all tanks to the present.
  void advance();

 private:
  struct connection;
  using peer_ptr = std::shared_ptr<connection>;

  net::awaitable<void> accept(std::uint64_t generation);
  net::awaitable<void> serve(peer_ptr peer);
  net::awaitable<bool> answer(connection& peer, modbus_frame asked);
  net::awaitable<bool> send(connection& peer, std::vector<std::uint8_t> bytes, fault wrong);
  pdu_bytes carry_out(served_unit& unit, std::span<const std::uint8_t> pdu);
  std::chrono::milliseconds since_start() const;

  net::io_context& io_;
  net::ip::tcp::endpoint at_;
  net::ip::tcp::acceptor acceptor_;
  std::uint64_t generation_ = 0;  // of the listening: an accept from before a pause must end
  write_log& log_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<served_unit> units_;  // by id, from 1
  std::unordered_set<peer_ptr> connections_;
};

}  // namespace stellwerk::sim
