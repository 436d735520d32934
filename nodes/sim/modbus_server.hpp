#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nodes/sim/modbus_port.hpp"

namespace stellwerk::sim {

struct server_options {
  std::string bind = "127.0.0.1";  ///< an IP address
  std::uint16_t port = 15020;      ///< the first; 0: any free ones
  std::uint16_t ports = 1;         ///< 1..64, numbered upwards from `port`
  std::uint16_t units = 2;         ///< 1..247 behind each port
  std::uint32_t seed = 1;          ///< of the sensors' noise
};

/// The whole plant: all ports with their units.
class modbus_server {
 public:
  /// Listens at once; throws `boost::system::system_error` when a port is not free.
  modbus_server(net::io_context& io, const server_options& options, write_log& log);

  std::vector<std::unique_ptr<modbus_port>>& ports() { return ports_; }
  modbus_port* find(std::uint16_t port);

  /// Sets the fault of one unit, of the unit on every port, of all of a port, or of all there are:
  /// what is left out is not asked for. False: nothing matches.
  bool set_fault(
      std::optional<std::uint16_t> port, std::optional<std::uint8_t> unit, const fault& wrong
  );

 private:
  void tick();

  std::vector<std::unique_ptr<modbus_port>> ports_;
  net::steady_timer timer_;
};

}  // namespace stellwerk::sim
