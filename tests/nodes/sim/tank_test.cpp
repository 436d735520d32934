#include "nodes/sim/tank.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace stellwerk::sim {
namespace {

using namespace std::chrono_literals;

constexpr double noise_c = 0.06;

TEST(tank_test, moves_towards_a_raised_setpoint_within_seconds) {
  tank t(1);
  t.control({.setpoint_c = 20, .valve_percent = 70, .pump_on = true});
  t.advance_to(10s);
  auto before = t.readings().temperature_c;
  t.control({.setpoint_c = 30, .valve_percent = 70, .pump_on = true});
  t.advance_to(13s);
  EXPECT_GT(t.readings().temperature_c, before + 1.0);
}

TEST(tank_test, covers_63_percent_of_a_step_in_one_time_constant_and_settles_without_offset) {
  tank t(1);
  t.control({.setpoint_c = 30, .valve_percent = 70, .pump_on = true});
  t.advance_to(20s);
  EXPECT_NEAR(t.readings().temperature_c, 20.0 + 10.0 * (1.0 - std::exp(-1.0)), 0.1);
  t.advance_to(5min);
  EXPECT_NEAR(t.readings().temperature_c, 30.0, noise_c + 0.01);
}

TEST(tank_test, cools_as_well_as_it_heats) {
  tank t(1);
  t.control({.setpoint_c = 10, .valve_percent = 0, .pump_on = false});
  t.advance_to(20s);
  EXPECT_NEAR(t.readings().temperature_c, 20.0 - 10.0 * (1.0 - std::exp(-1.0)), 0.1);
}

TEST(tank_test, is_held_back_by_the_power_of_its_jacket) {
  tank t(1);
  t.control({.setpoint_c = 95, .valve_percent = 0, .pump_on = false});
  t.advance_to(1s);
  // 30 kW in 5 kg of water: 1.43 K/s, where the time constant alone would give 3.75 K/s.
  EXPECT_NEAR(t.readings().temperature_c, 21.43, 0.1);
}

TEST(tank_test, fills_by_the_pump_and_stops_when_full) {
  tank t(1);
  t.control({.setpoint_c = 20, .valve_percent = 0, .pump_on = true});
  t.advance_to(60s);  // 1.2 l/min into 10 l
  EXPECT_NEAR(t.readings().level_percent, 62.0, 0.1);
  EXPECT_EQ(t.readings().flow_l_min, 0.0);
  t.advance_to(9min);
  EXPECT_NEAR(t.readings().level_percent, 100.0, 0.1);
  EXPECT_LE(t.readings().level_percent, 100.0);
}

TEST(tank_test, drains_by_the_valve_slower_and_slower) {
  tank t(1);
  t.control({.setpoint_c = 20, .valve_percent = 100, .pump_on = false});
  auto full_flow = t.readings().flow_l_min;
  EXPECT_NEAR(full_flow, 2.4 * std::sqrt(0.5), 0.001);
  t.advance_to(60s);
  EXPECT_LT(t.readings().flow_l_min, full_flow);
  EXPECT_LT(t.readings().level_percent, 50.0);
  t.advance_to(10min);
  EXPECT_NEAR(t.readings().level_percent, 0.0, 0.1);
  EXPECT_GE(t.readings().level_percent, 0.0);
}

TEST(tank_test, alarms_at_80_degrees_and_forgets_it_below_78) {
  tank t(1);
  auto advance_until = [&, now = 0ms](bool alarm) mutable {
    for (auto end = now + 5min; now < end && t.readings().over_temperature != alarm;)
      t.advance_to(now += tank::step);
    return t.readings();
  };
  t.control({.setpoint_c = 90, .valve_percent = 0, .pump_on = false});
  EXPECT_NEAR(advance_until(true).temperature_c, 80.0, 0.3);
  t.control({.setpoint_c = 60, .valve_percent = 0, .pump_on = false});
  EXPECT_NEAR(advance_until(false).temperature_c, 78.0, 0.3);
}

TEST(tank_test, obeys_controls_out_of_range_as_far_as_it_can) {
  tank t(1);
  t.control({.setpoint_c = 3000, .valve_percent = 6000, .pump_on = true});
  EXPECT_NEAR(t.readings().flow_l_min, 2.4 * std::sqrt(0.5), 0.001);
  t.advance_to(10min);
  EXPECT_NEAR(t.readings().temperature_c, 95.0, noise_c + 0.01);
  t.control({.setpoint_c = -3000, .valve_percent = 0, .pump_on = true});
  t.advance_to(20min);
  EXPECT_NEAR(t.readings().temperature_c, 0.0, noise_c + 0.01);
}

TEST(tank_test, gives_the_same_readings_however_often_it_is_asked) {
  tank often(7);
  tank once(7);
  for (auto now = 0ms; now <= 30s; now += 7ms) often.advance_to(now);
  often.advance_to(30s);
  once.advance_to(30s);
  EXPECT_EQ(often.readings().temperature_c, once.readings().temperature_c);
  EXPECT_EQ(often.readings().level_percent, once.readings().level_percent);
}

TEST(tank_test, differs_in_noise_by_seed_and_from_step_to_step) {
  tank a(1);
  tank b(2);
  a.advance_to(5min);
  b.advance_to(5min);
  auto before = a.readings().temperature_c;
  EXPECT_NE(before, b.readings().temperature_c);
  EXPECT_NEAR(before, b.readings().temperature_c, 2 * noise_c);
  a.advance_to(5min + tank::step);
  EXPECT_NE(a.readings().temperature_c, before);
}

TEST(tank_test, simulates_no_more_than_the_last_ten_minutes_of_a_pause) {
  tank paused(3);
  tank fresh(3);
  paused.control({.setpoint_c = 90, .valve_percent = 10, .pump_on = true});
  fresh.control({.setpoint_c = 90, .valve_percent = 10, .pump_on = true});
  paused.advance_to(24h);
  fresh.advance_to(tank::catch_up_max);
  EXPECT_EQ(paused.readings().level_percent, fresh.readings().level_percent);
}

TEST(tank_test, never_runs_backwards) {
  tank t(1);
  t.advance_to(10s);
  auto before = t.readings().temperature_c;
  t.advance_to(5s);
  EXPECT_EQ(t.readings().temperature_c, before);
}

}  // namespace
}  // namespace stellwerk::sim
