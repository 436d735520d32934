#include <gtest/gtest.h>

#include "tests/actors/field/modbus_bus_fixture.hpp"

namespace stellwerk {
namespace {

TEST_F(modbus_bus_test, reads_what_the_unit_holds) {
  serve("tank-1", 1);
  auto& a = heard("tank-1");
  EXPECT_EQ(a.last(temperature).quality, quality::good);
  EXPECT_GT(a.last(temperature).value.number(), 0);
  EXPECT_NE(a.last(pump).value.as<bool>(), nullptr);
  EXPECT_EQ(a.last(temperature).time, tools.now());
  EXPECT_EQ(a.states(), (std::vector{link_state::connecting, link_state::online}));
}

TEST_F(modbus_bus_test, polls_each_second_and_sleeps_in_between) {
  serve("tank-1", 1);
  auto before = plant.requests(1);
  advance(60s);
  EXPECT_EQ(plant.requests(1) - before, 60u * 4) << "input, holding twice, coil";
  EXPECT_EQ(heard("tank-1").of(temperature).size(), 61u);
}

TEST_F(modbus_bus_test, pushes_the_results_of_a_poll_together) {
  serve("tank-1", 1);
  auto before = heard("tank-1").batches;
  advance(10s);
  EXPECT_EQ(heard("tank-1").batches - before, 10u);
}

TEST_F(modbus_bus_test, tells_what_the_device_refused) {
  serve("tank-1", 1);
  plant.set_fault(1, sim::fault_kind::exception);
  auto end = carried_out(a_write("tank-1", setpoint, 50));
  EXPECT_EQ(end.code, "exception");
  EXPECT_EQ(end.detail, "exception 4: device failure");
  advance(1s);
  EXPECT_EQ(heard("tank-1").state(), link_state::online) << "it answers";
  EXPECT_EQ(heard("tank-1").last(temperature).quality, quality::bad);
  EXPECT_GT(heard("tank-1").last(temperature).value.number(), 0) << "the last known value";
}

TEST_F(modbus_bus_test, marks_only_the_point_bad_that_the_unit_does_not_have) {
  auto points = tank();
  points.push_back(point(nowhere, R"({"name":"nowhere","address":{"register":2}})"));
  serve("tank-1", 1, points);
  advance(3s);
  auto& a = heard("tank-1");
  EXPECT_EQ(a.of(nowhere).size(), 4u);
  for (auto& s : a.items)
    EXPECT_EQ(s.quality, s.series == nowhere ? quality::bad : quality::good) << s.series;
  EXPECT_EQ(a.state(), link_state::online);
}

TEST_F(modbus_bus_test, marks_a_unit_offline_after_three_failures_and_back_within_2_s) {
  serve("tank-1", 1);
  serve("tank-2", 2);
  advance(20s);
  plant.set_fault(2, sim::fault_kind::silent);
  advance(10s);
  auto& lost = heard("tank-2");
  EXPECT_EQ(
      lost.states(),
      (std::vector{
          link_state::connecting, link_state::online, link_state::degraded, link_state::offline})
  );
  EXPECT_EQ(lost.reports.back().link.last_error, "no answer in time");
  EXPECT_TRUE(lost.reports.back().link.next_try_at);
  EXPECT_EQ(heard("tank-1").of(temperature).size(), 31u) << "its neighbour misses nothing";
  EXPECT_EQ(heard("tank-1").state(), link_state::online);
  plant.set_fault(2, sim::fault_kind::none);
  auto before = lost.of(temperature).size();
  advance(2s);
  EXPECT_EQ(lost.state(), link_state::online);
  EXPECT_GT(lost.of(temperature).size(), before);
}

TEST_F(modbus_bus_test, is_offline_at_once_when_the_line_is_refused_and_back_within_2_s) {
  serve("tank-1", 1);
  serve("tank-2", 2);
  advance(5s);
  plant.refuse();
  advance(1s);
  for (auto id : {"tank-1", "tank-2"}) EXPECT_EQ(heard(id).state(), link_state::offline) << id;
  auto end = carried_out(a_write("tank-1", setpoint, 50));
  EXPECT_EQ(end.code, "device_down");
  EXPECT_FALSE(end.written);
  advance(10s);
  plant.listen();
  auto before = heard("tank-1").items.size();
  advance(2s);
  for (auto id : {"tank-1", "tank-2"}) EXPECT_EQ(heard(id).state(), link_state::online) << id;
  EXPECT_GT(heard("tank-1").items.size(), before);
  EXPECT_EQ(tools.numbers->bus_disconnects.Value(), 1);
}

TEST_F(modbus_bus_test, starts_while_the_line_is_away) {
  plant.refuse();
  serve("tank-1", 1);
  EXPECT_EQ(heard("tank-1").state(), link_state::offline);
  plant.listen();
  advance(2s);
  EXPECT_EQ(heard("tank-1").state(), link_state::online);
}

struct fault_row {
  sim::fault_kind kind;
  const char* name;
  std::uint16_t delay_ms = 100;
};
struct modbus_bus_faults : modbus_bus_test, testing::WithParamInterface<fault_row> {};

TEST_P(modbus_bus_faults, make_no_wrong_value_good_and_harm_no_neighbour) {
  auto counter = [](std::uint32_t series, int at) {
    return point(
        series, R"({"name":"c","address":{"table":"input","register":)" + std::to_string(at) + "}}"
    );
  };
  serve("lying", 2, {counter(7, 100)});
  serve("honest", 1);
  plant.set_fault(2, GetParam().kind, GetParam().delay_ms);
  auto known = heard("lying").items.size();
  auto seen = heard("honest").of(temperature).size();
  advance(5s);
  auto& items = heard("lying").items;
  for (auto i = known; i < items.size(); ++i) EXPECT_NE(items[i].quality, quality::good);
  EXPECT_EQ(heard("lying").state(), link_state::offline);
  EXPECT_EQ(heard("honest").of(temperature).size() - seen, 5u);
  EXPECT_EQ(heard("honest").states(), (std::vector{link_state::connecting, link_state::online}));
}

INSTANTIATE_TEST_SUITE_P(
    all, modbus_bus_faults,
    testing::Values(
        fault_row{sim::fault_kind::silent, "silent"}, fault_row{sim::fault_kind::reset, "reset"},
        fault_row{sim::fault_kind::wrong_unit, "wrong_unit"},
        fault_row{sim::fault_kind::wrong_transaction, "wrong_transaction"},
        fault_row{sim::fault_kind::cut_short, "short"},
        fault_row{sim::fault_kind::garbage, "garbage"}, fault_row{sim::fault_kind::drip, "drip"},
        fault_row{sim::fault_kind::slow, "slow", 600}
    ),
    [](auto& p) { return p.param.name; }
);

TEST_F(modbus_bus_test, connects_now_and_then_to_a_server_that_only_hangs_up) {
  hostile_server server{[](auto&) {
    return hostile_server::answer{{}, hostile_server::answer::finish};
  }};
  start(server.number());
  for (int i = 0; i < 20; ++i) serve("unit-" + std::to_string(i), 1, tank(), server.number());
  advance(10s);
  EXPECT_LE(tools.numbers->bus_connects.Value(), 3 + 10);
}

TEST_F(modbus_bus_test, forgets_a_dropped_unit) {
  serve("tank-1", 1);
  serve("tank-2", 2);
  caf::anon_send(bus, drop_unit{"tank-1"});
  settle();
  auto before = plant.requests(1);
  advance(5s);
  EXPECT_EQ(plant.requests(1), before);
  EXPECT_EQ(heard("tank-2").of(temperature).size(), 6u);
}

TEST_F(modbus_bus_test, serves_a_unit_anew_by_its_new_plan) {
  serve("tank-1", 1);
  auto points = tank();
  points.resize(1);
  serve("tank-1", 2, points);
  auto before = plant.requests(1);
  advance(5s);
  EXPECT_EQ(plant.requests(1), before);
  EXPECT_EQ(heard("tank-1").of(setpoint).size(), 0u);
  EXPECT_GE(heard("tank-1").of(temperature).size(), 5u);
}

TEST_F(modbus_bus_test, reports_a_unit_beyond_its_bound) {
  for (std::size_t i = 0; i <= modbus_work::units_max; ++i)
    serve("unit-" + std::to_string(i), 1, {});
  auto& last = heard("unit-" + std::to_string(modbus_work::units_max));
  EXPECT_EQ(last.state(), link_state::offline);
  EXPECT_EQ(heard("unit-0").state(), link_state::connecting);
}

}  // namespace
}  // namespace stellwerk
