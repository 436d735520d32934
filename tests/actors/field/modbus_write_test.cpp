#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>

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

/// Holds one register, answers reads, and to a write what it is told.
struct one_register {
  using bytes = hostile_server::bytes;

  hostile_server server{[this](const bytes& asked) -> hostile_server::answer {
    bytes said(asked.begin(), asked.begin() + 7);
    if (asked[7] == 3) {
      auto refuses = refuses_reads.load();
      auto held = register_.load();
      said.insert(
          said.end(),
          {3, 2, static_cast<std::uint8_t>(held >> 8), static_cast<std::uint8_t>(held & 0xFF)}
      );
      if (refuses != 0) said = {said[0], said[1], 0, 0, 0, 3, said[6], 0x83, refuses};
      said[5] = static_cast<std::uint8_t>(said.size() - 6);
      return {said};
    }
    register_ = static_cast<std::uint16_t>(asked[10] << 8 | asked[11]);
    return {to_write(asked)};
  }};
  std::function<bytes(const bytes&)> to_write = [](auto& asked) { return asked; };
  std::atomic<std::uint16_t> register_ = 200;
  std::atomic<std::uint8_t> refuses_reads = 0;
};

struct doubtful_write_test : modbus_bus_test {
  write_outcome written(one_register& by) {
    start(by.server.number());
    serve("tank-1", 1, {tank()[1]}, by.server.number());
    EXPECT_EQ(heard("tank-1").last(setpoint).value, value{20.0});
    return carried_out(a_write("tank-1", setpoint, 50));
  }
};

TEST_F(doubtful_write_test, is_read_back_after_an_answer_to_something_else) {
  one_register unit;
  unit.to_write = [](auto asked) {
    asked[1] ^= 1;
    return asked;
  };
  auto end = written(unit);
  EXPECT_EQ(end.code, "no_answer");
  EXPECT_TRUE(end.written);
  EXPECT_EQ(end.read_back, value{50.0}) << "it was carried out";
}

TEST_F(doubtful_write_test, is_one_that_is_in_progress_or_that_a_gateway_lost) {
  for (std::uint8_t code : std::to_array<std::uint8_t>({1, 2, 4, 6, 5, 10, 11})) {
    one_register unit;
    unit.to_write = [=](auto& asked) {
      return one_register::bytes{asked[0], asked[1], 0, 0, 0, 3, asked[6], 0x86, code};
    };
    auto end = written(unit);
    auto doubtful = code == 5 || code >= 10;
    EXPECT_EQ(end.code, doubtful ? "no_answer" : "exception") << int{code};
    EXPECT_TRUE(end.written) << int{code};
    EXPECT_EQ(end.read_back.has_value(), doubtful) << int{code};
    end_bus();
  }
}

TEST_F(doubtful_write_test, is_to_be_read_again_while_the_unit_is_busy_or_out_of_reach) {
  one_register unit;
  written(unit);
  auto w = a_write("tank-1", setpoint, 50);
  w.only_read = true;
  for (std::uint8_t code : std::to_array<std::uint8_t>({5, 6, 10, 11, 2, 4})) {
    unit.refuses_reads = code;
    w.command_id += 'x';
    EXPECT_EQ(carried_out(w).code, code == 2 || code == 4 ? "exception" : "no_answer") << int{code};
    unit.refuses_reads = 0;
    advance(1s);
  }
}

TEST_F(modbus_write_test, says_no_more_than_it_knows_of_a_write_that_is_carried_out_late) {
  serve("tank-1", 1);
  auto before = heard("tank-1").last(setpoint).value;
  plant.set_fault(1, sim::fault_kind::late, 1000);
  auto w = a_write("tank-1", setpoint, 50);
  auto end = carried_out(w);
  EXPECT_EQ(end.code, "no_answer");
  EXPECT_TRUE(end.written);
  EXPECT_EQ(end.read_back, before) << "read while the unit was still at it";
  w.only_read = true;
  for (int i = 0; i < 1'000'000 && end.read_back == before; ++i) {
    w.command_id += 'x';
    end = carried_out(w);
  }
  EXPECT_EQ(end.read_back, value{50.0});
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
