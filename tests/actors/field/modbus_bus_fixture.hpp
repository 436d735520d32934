#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/field/modbus_bus.hpp"
#include "tests/actors/field/bus_listener.hpp"
#include "tests/actors/field/modbus_plant.hpp"

namespace stellwerk {

using namespace std::chrono_literals;

inline constexpr std::uint32_t temperature = 1, setpoint = 2, pump = 3, scratch = 4, nowhere = 5;

inline std::vector<bus_point> tank() {
  return {
      point(temperature, R"({"name":"temperature","scaling":{"kind":"divide","divisor":10},
                             "address":{"table":"input","register":0,"type":"int16"}})"),
      point(setpoint, R"({"name":"setpoint","direction":"both","min":0,"max":95,
                          "scaling":{"kind":"divide","divisor":10},
                          "address":{"register":0,"type":"int16"}})"),
      point(pump, R"({"name":"pump","type":"bool","direction":"both",
                      "address":{"table":"coil","register":0}})"),
      point(scratch, R"({"name":"scratch","direction":"both",
                         "address":{"register":110,"type":"float32"}})")};
}

/// A bus on virtual time in front of a plant on real sockets: no time passes while it waits for an
/// answer, so periods and back-offs are exact.
struct modbus_bus_test : actor_test {
  void serve(
      const std::string& id, int unit, std::vector<bus_point> points = tank(),
      std::uint16_t port = 0
  ) {
    auto settings = R"({"host":"127.0.0.1","port":)" +
                    std::to_string(port ? port : plant.number()) + R"(,"timeout_ms":500,"unit":)" +
                    std::to_string(unit) + '}';
    told[id] = std::make_shared<bus_told>();
    listeners[id] = spawn(listening, told[id]);
    caf::anon_send(bus, serve_unit{id, {settings}, std::move(points), listeners[id]});
    settle();
  }
  void start(std::uint16_t port) {
    bus = spawn(modbus_bus, std::string{"127.0.0.1"}, port, field_options{}, tools);
  }
  write_point a_write(const std::string& id, std::uint32_t series, value what) {
    write_point w;
    w.command_id = "c" + std::to_string(++commands);
    w.device_id = id;
    for (auto& p : tank())
      if (p.series == series) w.point = p;
    w.what = std::move(what);
    w.deadline = now() + 10s;
    w.listener = listeners[id];
    return w;
  }
  write_outcome carried_out(const write_point& w) {
    caf::anon_send(bus, w);
    settle();
    auto& all = told[w.device_id]->outcomes;
    EXPECT_EQ(std::ranges::count(all, w.command_id, &write_outcome::command_id), 1);
    return all.empty() ? write_outcome{} : all.back();
  }
  bus_told& heard(const std::string& id) { return *told[id]; }
  void end_bus() {
    end(bus);
    told.clear();
    listeners.clear();
  }
  void TearDown() override {
    bus = nullptr;
    listeners.clear();
    actor_test::TearDown();
  }

  modbus_plant plant{3};
  std::map<std::string, bus_told_ptr> told;
  std::map<std::string, bus_listener> listeners;
  int commands = 0;
  bus_actor bus =
      spawn(modbus_bus, std::string{"127.0.0.1"}, plant.number(), field_options{}, tools);
};

}  // namespace stellwerk
