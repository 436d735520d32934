#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "nodes/sim/control.hpp"
#include "nodes/sim/control_routes.hpp"

namespace {

namespace sim = stellwerk::sim;
namespace net = boost::asio;
namespace json = boost::json;

struct modbus_options {
  sim::server_options server;
  std::string control = "127.0.0.1:15080";
  std::string write_log;
  std::vector<std::string> faults;
};

std::string text_of(const net::ip::tcp::endpoint& at) {
  auto address = at.address().to_string();
  return (at.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(at.port());
}

/// `127.0.0.1:15080` or `[::1]:15080`; throws `std::invalid_argument`.
net::ip::tcp::endpoint parse_endpoint(const std::string& text) {
  auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  auto address = net::ip::make_address(host, error);
  std::uint16_t port = 0;
  auto last = text.data() + text.size();
  auto [end, port_error] = std::from_chars(text.data() + colon + 1, last, port);
  if (colon == std::string::npos || error || port_error != std::errc{} || end != last)
    throw std::invalid_argument("--control: expected address:port, as in 127.0.0.1:15080");
  return {address, port};
}

void describe(CLI::App& app, modbus_options& options) {
  auto& server = options.server;
  app.add_option("--bind", server.bind, "IP address of the Modbus ports")
      ->check(CLI::ValidIPV4)
      ->capture_default_str();
  app.add_option("--port", server.port, "first Modbus port; 0: any free ones")
      ->capture_default_str();
  app.add_option("--ports", server.ports, "how many ports, numbered upwards")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--units", server.units, "how many units behind each port, with the ids 1..n")
      ->check(CLI::Range(1, int{sim::modbus_port::units_max}))
      ->capture_default_str();
  app.add_option("--seed", server.seed, "of the sensors' noise")->capture_default_str();
  app.add_option("--control", options.control, "address:port of the HTTP control")
      ->capture_default_str();
  app.add_option(
      "--write-log", options.write_log, "file to append each write to, a JSON line each"
  );
  app.add_option(
      "--fault", options.faults,
      "port=15020,unit=2,kind=slow,delay_ms=300: without port or unit, all of them. Kinds: silent, "
      "lost_answer, slow, exception (code), reset, wrong_unit, wrong_transaction, short, garbage, "
      "drip; refuse (closes the port)"
  );
}

int serve(const modbus_options& options) {
  if (options.server.port != 0 && options.server.port + options.server.ports - 1 > 65'535)
    throw std::invalid_argument("--ports: expected the last port to be at most 65535");
  auto control_at = parse_endpoint(options.control);

  net::io_context io{1};
  sim::write_log log{options.write_log};
  sim::modbus_server server{io, options.server, log};
  for (auto& text : options.faults)
    if (auto applied = sim::apply_fault_option(server, text); !applied)
      throw std::invalid_argument("--fault: " + applied.error().message);
  sim::control control{io, control_at, server, log};

  net::signal_set stop{io, SIGINT, SIGTERM};
  stop.async_wait([&](auto, int) { io.stop(); });

  json::array modbus;
  for (auto& port : server.ports()) modbus.emplace_back(text_of(port->endpoint()));
  json::object ready{
      {"event", "ready"},
      {"modbus", std::move(modbus)},
      {"control", "http://" + text_of(control.endpoint())},
  };
  std::cout << json::serialize(ready) << std::endl;
  try {
    io.run();
  } catch (const std::system_error& problem) {
    std::cerr << "stellwerk-sim: " << problem.what() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace

/// Exit codes: 0 stopped by a signal, 2 wrong options or a port or file that cannot be had, 1 the
/// write log failed while running.
int main(int argc, char** argv) {
  CLI::App app{"Simulated plants to try Stellwerk on"};
  app.set_version_flag("--version", STELLWERK_VERSION);
  app.require_subcommand(1);
  modbus_options options;
  auto* modbus = app.add_subcommand("modbus", "tanks with heater, valve and pump on Modbus TCP");
  describe(*modbus, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  try {
    return serve(options);
  } catch (const std::exception& problem) {
    std::cerr << "stellwerk-sim: " << problem.what() << "\n";
    return 2;
  }
}
