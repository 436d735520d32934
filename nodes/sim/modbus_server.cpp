#include "nodes/sim/modbus_server.hpp"

#include <algorithm>

namespace stellwerk::sim {

namespace {

constexpr std::chrono::seconds tick_every{1};  // so that no request has more to catch up with

}  // namespace

modbus_server::modbus_server(net::io_context& io, const server_options& options, write_log& log)
    : timer_(io) {
  auto address = net::ip::make_address(options.bind);
  for (std::uint16_t i = 0; i < options.ports; ++i) {
    auto number = static_cast<std::uint16_t>(options.port == 0 ? 0 : options.port + i);
    auto seed = options.seed + i * 256u;
    net::ip::tcp::endpoint at(address, number);
    ports_.push_back(std::make_unique<modbus_port>(io, at, options.units, seed, log));
  }
  tick();
}

modbus_port* modbus_server::find(std::uint16_t port) {
  auto is_it = [port](auto& p) { return p->number() == port; };
  auto found = std::ranges::find_if(ports_, is_it);
  return found == ports_.end() ? nullptr : found->get();
}

bool modbus_server::set_fault(
    std::optional<std::uint16_t> port, std::optional<std::uint8_t> unit, const fault& wrong
) {
  auto found = false;
  for (auto& served_port : ports_) {
    if (port && *port != served_port->number()) continue;
    for (auto& served : served_port->units()) {
      if (unit && *unit != served.id) continue;
      served.wrong = wrong;
      found = true;
    }
  }
  return found;
}

void modbus_server::tick() {
  for (auto& port : ports_) port->advance();
  timer_.expires_after(tick_every);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) tick();
  });
}

}  // namespace stellwerk::sim
