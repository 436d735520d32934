#include <gtest/gtest.h>

#include "tests/actors/field/modbus_bus_fixture.hpp"

namespace stellwerk {
namespace {

using modbus_write_test = modbus_bus_test;

TEST_F(modbus_write_test, writes_once_and_reads_back) {
  serve("tank-1", 1);
  auto end = carried_out(a_write("tank-1", setpoint, 42.5));
  EXPECT_TRUE(end.written);
  EXPECT_EQ(end.code, "");
  EXPECT_EQ(end.read_back, value{42.5});
  EXPECT_EQ(heard("tank-1").last(setpoint).value, value{42.5}) << "pushed like a poll";
  EXPECT_EQ(plant.writes(), 1u);
}

TEST_F(modbus_write_test, writes_every_kind_of_point) {
  serve("tank-1", 1);
  EXPECT_EQ(carried_out(a_write("tank-1", pump, true)).read_back, value{true});
  EXPECT_EQ(carried_out(a_write("tank-1", scratch, -0.375)).read_back, value{-0.375});
  EXPECT_EQ(plant.writes(), 2u);
}

TEST_F(modbus_write_test, only_reads_if_told_so) {
  serve("tank-1", 1);
  auto w = a_write("tank-1", setpoint, 99);
  w.only_read = true;
  auto end = carried_out(w);
  EXPECT_FALSE(end.written);
  EXPECT_EQ(end.code, "");
  EXPECT_EQ(end.read_back, heard("tank-1").last(setpoint).value);
  EXPECT_EQ(plant.writes(), 0u);
}

TEST_F(modbus_write_test, does_not_write_after_the_deadline) {
  serve("tank-1", 1);
  auto w = a_write("tank-1", setpoint, 50);
  w.deadline = now();
  auto end = carried_out(w);
  EXPECT_EQ(end.code, "expired");
  EXPECT_FALSE(end.written);
  EXPECT_EQ(plant.writes(), 0u);
}

TEST_F(modbus_write_test, does_not_write_what_the_channel_cannot_hold) {
  serve("tank-1", 1);
  EXPECT_EQ(carried_out(a_write("tank-1", setpoint, 96)).code, "out_of_range");
  EXPECT_EQ(carried_out(a_write("tank-1", setpoint, "hot")).code, "wrong_type");
  EXPECT_EQ(carried_out(a_write("tank-1", temperature, 20)).code, "not_writable");
  EXPECT_EQ(carried_out(a_write("tank-1", scratch, 1e39)).code, "not_representable");
  EXPECT_EQ(plant.writes(), 0u);
}

TEST_F(modbus_write_test, ends_a_write_for_a_unit_it_does_not_have) {
  serve("tank-1", 1);
  auto w = a_write("tank-1", setpoint, 50);
  w.device_id = "tank-9";
  caf::anon_send(bus, w);
  settle();
  EXPECT_EQ(heard("tank-1").outcomes.at(0).code, "unknown_unit");
}

TEST_F(modbus_write_test, says_that_a_lost_answer_leaves_the_outcome_open) {
  serve("tank-1", 1);
  plant.set_fault(1, sim::fault_kind::lost_answer);
  auto end = carried_out(a_write("tank-1", setpoint, 50));
  EXPECT_EQ(end.code, "no_answer");
  EXPECT_TRUE(end.written);
  EXPECT_FALSE(end.read_back);
  EXPECT_EQ(plant.writes(), 1u) << "never sent again";
}

TEST_F(modbus_write_test, reads_back_after_an_answer_to_something_else) {
  serve("tank-1", 1);
  plant.set_fault(1, sim::fault_kind::wrong_transaction);
  auto w = a_write("tank-1", setpoint, 50);
  auto end = carried_out(w);
  EXPECT_EQ(end.code, "no_answer");
  EXPECT_EQ(plant.writes(), 1u);
}

TEST_F(modbus_write_test, ends_every_write_that_waits_when_it_is_stopped) {
  serve("tank-1", 1);
  for (int i = 0; i < 20; ++i) caf::anon_send(bus, a_write("tank-1", setpoint, 20 + i));
  caf::anon_send_exit(bus, caf::exit_reason::user_shutdown);
  settle();
  auto& all = heard("tank-1").outcomes;
  EXPECT_EQ(all.size(), 20u);
  auto stopped = std::ranges::count(all, "stopped", &write_outcome::code);
  EXPECT_EQ(plant.writes() + static_cast<std::uint64_t>(stopped), 20u);
}

}  // namespace
}  // namespace stellwerk
