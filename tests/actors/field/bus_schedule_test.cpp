#include "actors/field/bus_schedule.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const steady_moment start{1000h};

scheduled_point point(std::uint32_t id, int first, milliseconds period, int count = 1) {
  return {
      {id, register_table::holding, static_cast<std::uint16_t>(first),
       static_cast<std::uint16_t>(count)},
      period};
}

/// A line on paper: answers after a time of its own, unless a unit is silent.
struct line_on_paper {
  bus_schedule schedule;
  steady_moment now = start;
  std::function<steady_span(const poll_turn&)> takes = [](auto&) { return 1ms; };
  std::function<bool(const std::string&)> silent = [](auto&) { return false; };
  std::map<std::string, int> requests, answers;
  std::map<std::string, std::int64_t> registers;

  void run(steady_span span) {
    for (auto end = now + span; now < end;) {
      auto turn = schedule.next(now);
      if (!turn) {
        now = std::min(schedule.wake().value_or(end), end);
        continue;
      }
      ++requests[turn->unit];
      if (silent(turn->unit)) {
        now += turn->timeout;
        schedule.failed(*turn, now);
      } else {
        auto took = takes(*turn);
        now += took;
        ++answers[turn->unit];
        registers[turn->unit] += turn->what.count;
        schedule.answered(*turn, now, took);
      }
    }
  }
};

TEST(bus_schedule, asks_each_unit_as_often_as_it_was_told) {
  line_on_paper line;
  line.schedule.serve("fast", {}, {point(1, 0, 50ms)}, start);
  line.schedule.serve("slow", {}, {point(1, 0, 1000ms), point(2, 50, 250ms)}, start);
  line.run(60s);
  EXPECT_EQ(line.requests["fast"], 1200);
  EXPECT_EQ(line.requests["slow"], 240 + 60) << "too far apart for one request";
}

TEST(bus_schedule, does_not_drift) {
  line_on_paper line;
  line.schedule.serve("a", {}, {point(1, 0, 70ms)}, start);
  line.takes = [](auto&) { return 13ms; };
  line.run(70s);
  EXPECT_EQ(line.requests["a"], 1000);
  EXPECT_EQ(line.schedule.wake(), start + 70s);
}

TEST(bus_schedule, leaves_out_what_it_missed) {
  line_on_paper line;
  line.schedule.serve("a", {}, {point(1, 0, 50ms)}, start);
  line.takes = [](auto&) { return 120ms; };
  line.run(12s);
  EXPECT_EQ(line.requests["a"], 100) << "as fast as it answers";
  auto turn = line.schedule.next(line.now);
  ASSERT_TRUE(turn);
  EXPECT_LT(turn->late, 120ms) << "those from before are not made up for";
}

TEST(bus_schedule, asks_for_points_of_different_periods_together) {
  line_on_paper line;
  line.schedule.serve("a", {}, {point(1, 0, 100ms), point(2, 1, 200ms), point(3, 2, 400ms)}, start);
  line.run(4s);
  EXPECT_EQ(line.requests["a"], 40);
}

TEST(bus_schedule, keeps_the_rhythm_of_points_that_stay) {
  line_on_paper line;
  line.schedule.serve("a", {}, {point(1, 0, 1000ms)}, start);
  line.run(1500ms);
  line.schedule.serve("a", {}, {point(1, 0, 1000ms), point(2, 100, 1000ms)}, line.now);
  line.run(400ms);
  EXPECT_EQ(line.requests["a"], 3) << "at 0 s, at 1 s, and the new one at once";
  line.run(1s);
  EXPECT_EQ(line.requests["a"], 5);
}

TEST(bus_schedule, does_not_let_1000_registers_starve_one) {
  line_on_paper line;
  std::vector<scheduled_point> many;
  for (int i = 0; i < 1000; ++i) many.push_back(point(static_cast<std::uint32_t>(i), i, 50ms));
  line.schedule.serve("many", {}, many, start);
  line.schedule.serve("one", {}, {point(1, 0, 50ms)}, start);
  line.takes = [](auto& turn) { return turn.what.count > 1 ? 20ms : 1ms; };
  line.run(60s);
  EXPECT_GE(line.requests["one"], 1150) << "its turn comes after each large request";
  EXPECT_GE(line.requests["many"], 2800) << "and the line is not idle";
}

TEST(bus_schedule, shares_a_full_line_by_registers) {
  line_on_paper line;
  std::vector<scheduled_point> wide, narrow;
  for (std::uint32_t i = 0; i < 8; ++i) {
    wide.push_back(point(i, static_cast<int>(i) * 200, 50ms, 125));
    narrow.push_back(point(i, static_cast<int>(i) * 200, 50ms, 10));
  }
  line.schedule.serve("wide", {}, wide, start);
  line.schedule.serve("narrow", {}, narrow, start);
  line.takes = [](auto&) { return 20ms; };
  line.run(60s);
  auto ratio = static_cast<double>(line.requests["narrow"]) / line.requests["wide"];
  EXPECT_GT(ratio, 2.0) << "small requests come more often";
  EXPECT_LT(ratio, 5.0);
}

TEST(bus_schedule, leaves_healthy_units_97_percent_beside_a_silent_one) {
  line_on_paper line;
  line.silent = [](auto& unit) { return unit == "unit-0"; };
  for (int i = 0; i < 10; ++i)
    line.schedule.serve("unit-" + std::to_string(i), {}, {point(1, 0, 100ms)}, start);
  line.run(60s);
  for (int i = 1; i < 10; ++i) EXPECT_GE(line.answers["unit-" + std::to_string(i)], 582) << i;
  EXPECT_LE(line.requests["unit-0"], 20) << "probed, not polled";
  EXPECT_EQ(line.schedule.health("unit-0").state(), link_state::offline);
}

TEST(bus_schedule, leaves_healthy_units_97_percent_beside_one_that_fell_silent) {
  line_on_paper line;
  for (int i = 0; i < 10; ++i)
    line.schedule.serve("unit-" + std::to_string(i), {}, {point(1, 0, 100ms)}, start);
  line.run(10s);
  line.silent = [](auto& unit) { return unit == "unit-5"; };
  auto before = line.answers;
  line.run(60s);
  for (auto i : {0, 1, 4, 6, 9}) {
    auto id = "unit-" + std::to_string(i);
    EXPECT_GE(line.answers[id] - before[id], 582) << i;
  }
}

TEST(bus_schedule, finds_a_unit_within_2_s_after_it_was_silent_for_10) {
  line_on_paper line;
  for (int i = 0; i < 10; ++i)
    line.schedule.serve("unit-" + std::to_string(i), {}, {point(1, 0, 100ms)}, start);
  line.run(20s);
  line.silent = [](auto& unit) { return unit == "unit-3"; };
  line.run(10s);
  EXPECT_TRUE(line.schedule.health("unit-3").offline());
  line.silent = [](auto&) { return false; };
  auto before = line.answers["unit-3"];
  line.run(2s);
  EXPECT_GE(line.answers["unit-3"] - before, 2) << "the probe, and what it makes due";
}

TEST(bus_schedule, finds_a_unit_that_became_slow) {
  line_on_paper line;
  line.schedule.serve("a", {}, {point(1, 0, 100ms)}, start);
  line.run(10s);
  line.takes = [](auto& turn) { return turn.timeout > 800ms ? 800ms : turn.timeout; };
  line.silent = [](auto&) { return true; };
  line.run(2s);
  EXPECT_TRUE(line.schedule.health("a").offline());
  auto turn = line.schedule.next(line.schedule.wake().value());
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->timeout, 3s) << "nobody else waits";
}

TEST(bus_schedule, retries_a_read_that_failed_but_not_those_of_a_failing_unit) {
  bus_schedule schedule;
  schedule.serve("a", {3s, 2, 8}, {point(1, 0, 1000ms)}, start);
  auto turn = schedule.next(start).value();
  schedule.answered(turn, start, 1ms);
  turn = schedule.next(start + 1s).value();
  EXPECT_FALSE(schedule.failed(turn, start + 1s));
  turn = schedule.next(start + 1s).value();
  EXPECT_EQ(turn.attempt, 1);
  EXPECT_FALSE(schedule.failed(turn, start + 1s));
  EXPECT_EQ(schedule.health("a").state(), link_state::online);
  turn = schedule.next(start + 1s).value();
  EXPECT_TRUE(schedule.failed(turn, start + 1s));
  EXPECT_EQ(schedule.health("a").state(), link_state::degraded);
  EXPECT_FALSE(schedule.next(start + 1s));
  turn = schedule.next(start + 2s).value();
  EXPECT_TRUE(schedule.failed(turn, start + 2s)) << "no second try now";
}

TEST(bus_schedule, asks_in_parts_for_what_was_refused) {
  bus_schedule schedule;
  schedule.serve("a", {}, {point(1, 0, 1000ms), point(2, 1, 1000ms)}, start);
  auto turn = schedule.next(start).value();
  EXPECT_EQ(turn.what.points.size(), 2u);
  EXPECT_TRUE(schedule.refused(turn, start, 1ms));
  auto first = schedule.next(start).value();
  EXPECT_EQ(first.what.points.at(0).id, 1u);
  schedule.answered(first, start, 1ms);
  auto second = schedule.next(start).value();
  EXPECT_FALSE(schedule.refused(second, start, 1ms)) << "this one is bad";
  EXPECT_FALSE(schedule.next(start));
  EXPECT_EQ(schedule.health("a").state(), link_state::online) << "a refusal is an answer";
}

TEST(bus_schedule, asks_everybody_at_once_when_the_line_is_back) {
  line_on_paper line;
  for (auto id : {"a", "b", "c"}) line.schedule.serve(id, {}, {point(1, 0, 60'000ms)}, start);
  line.run(1s);
  line.schedule.line_lost(line.now);
  EXPECT_TRUE(line.schedule.health("b").offline());
  line.now += 5s;
  line.schedule.line_back(line.now);
  line.requests.clear();
  line.run(100ms);
  EXPECT_GE(line.requests["a"], 1);
  EXPECT_GE(line.requests["c"], 1);
  EXPECT_EQ(line.schedule.health("b").state(), link_state::online);
}

TEST(bus_schedule, goes_on_when_the_unit_whose_turn_it_is_is_dropped) {
  bus_schedule schedule;
  for (auto id : {"a", "b", "c"})
    schedule.serve(id, {}, {point(1, 0, 1000ms), point(2, 200, 1000ms)}, start);
  auto first = schedule.next(start)->unit;
  schedule.drop(first);
  auto second = schedule.next(start)->unit;
  EXPECT_NE(first, second);
  for (auto id : {"a", "b", "c"}) schedule.drop(id);
  EXPECT_FALSE(schedule.next(start));
}

TEST(bus_schedule, forgets_a_dropped_unit) {
  bus_schedule schedule;
  schedule.serve("a", {}, {point(1, 0, 1000ms)}, start);
  schedule.serve("b", {}, {}, start);
  schedule.drop("a");
  EXPECT_FALSE(schedule.next(start));
  EXPECT_FALSE(schedule.wake()) << "a unit without points is never due";
}

}  // namespace
}  // namespace stellwerk
