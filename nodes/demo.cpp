#include "nodes/demo.hpp"

#include <array>

namespace stellwerk {

namespace {

/// One register of the simulated plant's tank as a channel.
struct tank_row {
  const char* name;
  stellwerk::direction direction;
  value_type type;
  const char* unit;
  const char* address;
  double divisor;
  double max;
  double safe;
};

constexpr std::array tank_rows{
    tank_row{
        "temperature", direction::in, value_type::float_, "°C",
        R"({"table":"input","register":0,"type":"int16"})", 10, 0, 0},
    tank_row{
        "level", direction::in, value_type::float_, "%",
        R"({"table":"input","register":1,"type":"uint16"})", 10, 0, 0},
    tank_row{
        "flow", direction::in, value_type::float_, "l/min",
        R"({"table":"input","register":2,"type":"uint16"})", 100, 0, 0},
    tank_row{
        "setpoint", direction::both, value_type::float_, "°C",
        R"({"table":"holding","register":0,"type":"int16"})", 10, 95, 20},
    tank_row{
        "valve", direction::both, value_type::float_, "%",
        R"({"table":"holding","register":1,"type":"uint16"})", 10, 100, 0},
    tank_row{
        "pump", direction::both, value_type::bool_, "",
        R"({"table":"coil","register":0,"type":"bit"})", 1, 0, 0},
    tank_row{
        "alarm", direction::in, value_type::bool_, "",
        R"({"table":"discrete","register":0,"type":"bit"})", 1, 0, 0},
};

channel channel_of(const tank_row& row) {
  channel made;
  made.name = row.name;
  made.direction = row.direction;
  made.type = row.type;
  made.unit = row.unit;
  made.address.text = row.address;
  made.poll_ms = 500;
  if (row.divisor != 1) made.scaling = {scaling_kind::divide, 1, 0, row.divisor, false};
  if (row.max > 0) {
    made.min = 0;
    made.max = row.max;
  }
  if (row.direction == direction::both)
    made.safe_value = row.type == value_type::bool_ ? value{false} : value{row.safe};
  return made;
}

device_fields tank(const char* name, int unit) {
  device_fields made;
  made.name = name;
  made.driver = "modbus_tcp";
  made.kind = device_kind::plc;
  made.location = "hall 1";
  made.settings.text = R"({"host":"127.0.0.1","port":15020,"unit":)" + std::to_string(unit) + '}';
  for (auto& row : tank_rows) made.channels.push_back(channel_of(row));
  return made;
}

channel simulated(const char* name, const char* unit, simulation how) {
  channel made;
  made.name = name;
  made.unit = unit;
  made.simulation = how;
  return made;
}

device_fields weather() {
  device_fields made;
  made.name = "weather";
  made.driver = "simulated";
  made.location = "roof";
  made.channels = {
      simulated("temperature", "°C", {profile::sine_wave, 12, 6, 600, 0.1, 1}),
      simulated("wind", "m/s", {profile::random_walk, 4, 3, 60, 0.2, 2})};
  return made;
}

device_fields notes() {
  device_fields made;
  made.name = "notes";
  made.driver = "external";
  channel reading;
  reading.name = "reading";
  channel remark;
  remark.name = "remark";
  remark.type = value_type::string_;
  made.channels = {reading, remark};
  return made;
}

}  // namespace

std::vector<device_fields> demo_devices() {
  return {tank("tank-1", 1), tank("tank-2", 2), weather(), notes()};
}

}  // namespace stellwerk
