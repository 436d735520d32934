#include "actors/field/drivers.hpp"

#include <algorithm>
#include <array>

#include "actors/field/modbus_bus.hpp"
#include "actors/field/modbus_rules.hpp"
#include "actors/field/simulated_bus.hpp"
#include "actors/field/simulated_profile.hpp"

namespace stellwerk {

namespace {

/// Settings or an address with nothing to say.
struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

problems check_empty(const json_text& given) {
  nothing none;
  return given.text.empty() ? problems{} : json::decode(given.text, none);
}

problems no_settings(const json_text& settings, const field_options&) {
  return check_empty(settings);
}

problems no_address(const channel& what) {
  auto found = check_empty(what.address);
  for (auto& p : found) p.path = p.path.empty() ? "address" : "address." + p.path;
  return found;
}

problems check_simulated_channel(const channel& what) {
  auto found = no_address(what);
  for (auto& p : check_simulation(what)) found.push_back(p);
  return found;
}

problems check_external_channel(const channel& what) {
  auto found = no_address(what);
  if (what.direction != direction::in)
    found.push_back({"direction", "invalid", "there is nothing to write to", "in"});
  if (what.scaling.kind != scaling_kind::none)
    found.push_back({"scaling.kind", "invalid", "there is no raw value to scale", "none"});
  return found;
}

double exact(const channel&, const value&) { return 0; }
std::string one_line(const json_text&) { return {}; }

std::chrono::milliseconds modbus_settles(const json_text& settings) {
  modbus_settings s;
  json::decode(settings.text, s);
  return std::chrono::milliseconds{s.timeout_ms};
}

bus_actor spawn_modbus(
    caf::actor_system& system, const json_text& settings, const field_options& options,
    const instruments& tell
) {
  modbus_settings s;
  json::decode(settings.text, s);
  return system.spawn<caf::detached>(
      modbus_bus, s.host.str(), std::uint16_t{s.port}, options, tell
  );
}

bus_actor spawn_simulated(
    caf::actor_system& system, const json_text&, const field_options&, const instruments& tell
) {
  return system.spawn(simulated_bus, tell);
}

bus_actor no_bus(caf::actor_system&, const json_text&, const field_options&, const instruments&) {
  return {};
}

constexpr std::array table{
    driver{
        .name = "external",
        .version = "1",
        .pushed = true,
        .settings_schema = json::schema<nothing>,
        .address_schema = json::schema<nothing>,
        .check_settings = no_settings,
        .check_channel = check_external_channel,
        .check_write = check_simulated_write,
        .tolerance = exact,
        .settles = nullptr,
        .line_key = one_line,
        .spawn = no_bus},
    driver{
        .name = "modbus_tcp",
        .version = "1",
        .blocking = true,
        .settings_schema = json::schema<modbus_settings>,
        .address_schema = json::schema<register_address>,
        .check_settings = check_modbus_settings,
        .check_channel = check_modbus_channel,
        .check_write = check_modbus_write,
        .tolerance = modbus_tolerance,
        .settles = modbus_settles,
        .line_key = modbus_line_key,
        .spawn = spawn_modbus},
    driver{
        .name = "simulated",
        .version = "1",
        .settings_schema = json::schema<nothing>,
        .address_schema = json::schema<nothing>,
        .check_settings = no_settings,
        .check_channel = check_simulated_channel,
        .check_write = check_simulated_write,
        .tolerance = exact,
        .settles = nullptr,
        .line_key = one_line,
        .spawn = spawn_simulated},
};

}  // namespace

std::span<const driver> drivers() { return table; }

const driver* find_driver(std::string_view name) {
  auto found = std::ranges::find(table, name, &driver::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace stellwerk
