#include "actors/field/bus_schedule.hpp"

#include <gtest/gtest.h>

#include "tests/actors/field/line_on_paper.hpp"

namespace stellwerk {
namespace {

TEST(bus_schedule, asks_each_unit_as_often_as_it_was_told) {
  line_on_paper line;
  line.schedule.serve(named("fast"), {}, {timed(1, 0, 50ms)}, start);
  line.schedule.serve(named("slow"), {}, {timed(1, 0, 1000ms), timed(2, 50, 250ms)}, start);
  line.run(60s);
  EXPECT_EQ(line.requests["fast"], 1200);
  EXPECT_EQ(line.requests["slow"], 240 + 60) << "too far apart for one request";
}

TEST(bus_schedule, does_not_drift) {
  line_on_paper line;
  line.schedule.serve(named("a"), {}, {timed(1, 0, 70ms)}, start);
  line.takes = [](auto&) { return 13ms; };
  line.run(70s);
  EXPECT_EQ(line.requests["a"], 1000);
  EXPECT_EQ(line.schedule.wake(), start + 70s);
}

TEST(bus_schedule, leaves_out_what_it_missed) {
  line_on_paper line;
  line.schedule.serve(named("a"), {}, {timed(1, 0, 50ms)}, start);
  line.takes = [](auto&) { return 120ms; };
  line.run(12s);
  EXPECT_EQ(line.requests["a"], 100) << "as fast as it answers";
  auto turn = line.schedule.next(line.now);
  ASSERT_TRUE(turn);
  EXPECT_LT(turn->late, 120ms) << "those from before are not made up for";
}

TEST(bus_schedule, asks_for_points_of_different_periods_together) {
  line_on_paper line;
  line.schedule.serve(
      named("a"), {}, {timed(1, 0, 100ms), timed(2, 1, 200ms), timed(3, 2, 400ms)}, start
  );
  line.run(4s);
  EXPECT_EQ(line.requests["a"], 40);
}

TEST(bus_schedule, keeps_the_rhythm_of_points_that_stay) {
  line_on_paper line;
  line.schedule.serve(named("a"), {}, {timed(1, 0, 1000ms)}, start);
  line.run(1500ms);
  line.schedule.serve(named("a"), {}, {timed(1, 0, 1000ms), timed(2, 100, 1000ms)}, line.now);
  line.run(400ms);
  EXPECT_EQ(line.requests["a"], 3) << "at 0 s, at 1 s, and the new one at once";
  line.run(1s);
  EXPECT_EQ(line.requests["a"], 5);
}

TEST(bus_schedule, does_not_let_1000_registers_starve_one) {
  line_on_paper line;
  std::vector<scheduled_point> many;
  for (int i = 0; i < 1000; ++i) many.push_back(timed(static_cast<std::uint32_t>(i), i, 50ms));
  line.schedule.serve(named("many"), {}, many, start);
  line.schedule.serve(named("one"), {}, {timed(1, 0, 50ms)}, start);
  line.takes = [](auto& turn) { return turn.what->count > 1 ? 20ms : 1ms; };
  line.run(60s);
  EXPECT_GE(line.requests["one"], 1150) << "its turn comes after each large request";
  EXPECT_GE(line.requests["many"], 2800) << "and the line is not idle";
}

TEST(bus_schedule, shares_a_full_line_by_registers) {
  line_on_paper line;
  std::vector<scheduled_point> wide, narrow;
  for (std::uint32_t i = 0; i < 8; ++i) {
    wide.push_back(timed(i, static_cast<int>(i) * 200, 50ms, 125));
    narrow.push_back(timed(i, static_cast<int>(i) * 200, 50ms, 10));
  }
  line.schedule.serve(named("wide"), {}, wide, start);
  line.schedule.serve(named("narrow"), {}, narrow, start);
  line.takes = [](auto&) { return 20ms; };
  line.run(60s);
  auto ratio = static_cast<double>(line.requests["narrow"]) / line.requests["wide"];
  EXPECT_GT(ratio, 2.0) << "small requests come more often";
  EXPECT_LT(ratio, 5.0);
}

TEST(bus_schedule, lets_a_turn_go_on_for_quick_requests_without_a_gain_of_share) {
  bus_schedule schedule;
  std::vector<scheduled_point> many;
  for (std::uint32_t i = 0; i < 12; ++i) many.push_back(timed(i, static_cast<int>(i) * 200, 50ms));
  std::string order;
  for (auto id : {"a", "b"}) schedule.serve(named(id), {}, {timed(99, 9999, 50ms)}, start);
  while (auto turn = schedule.next(start)) schedule.answered(*turn, start, 1ms);
  for (auto id : {"a", "b"}) schedule.serve(named(id), {3s, 1, 0}, many, start);
  for (int i = 0; i < 24; ++i) {
    auto turn = schedule.next(start);
    ASSERT_TRUE(turn);
    order += names().at(turn->unit);
    schedule.answered(*turn, start, 1ms);
  }
  EXPECT_NE(order.find("aaaabbbb"), std::string::npos) << order;
  EXPECT_EQ(std::ranges::count(order, 'a'), 12);
}

TEST(bus_schedule, retries_a_read_that_failed_but_not_those_of_a_failing_unit) {
  bus_schedule schedule;
  schedule.serve(named("a"), {3s, 2, 8}, {timed(1, 0, 1000ms)}, start);
  auto turn = schedule.next(start).value();
  schedule.answered(turn, start, 1ms);
  turn = schedule.next(start + 1s).value();
  EXPECT_FALSE(schedule.failed(turn, start + 1s, 100ms));
  turn = schedule.next(start + 1s).value();
  EXPECT_EQ(turn.attempt, 1);
  EXPECT_FALSE(schedule.failed(turn, start + 1s, 100ms));
  EXPECT_EQ(schedule.health(named("a")).state(), link_state::online);
  turn = schedule.next(start + 1s).value();
  EXPECT_TRUE(schedule.failed(turn, start + 1s, 100ms));
  EXPECT_EQ(schedule.health(named("a")).state(), link_state::degraded);
  EXPECT_FALSE(schedule.next(start + 1s));
  turn = schedule.next(start + 2s).value();
  EXPECT_TRUE(schedule.failed(turn, start + 2s, 100ms)) << "no second try now";
}

TEST(bus_schedule, asks_in_parts_for_what_was_refused) {
  bus_schedule schedule;
  schedule.serve(named("a"), {}, {timed(1, 0, 1000ms), timed(2, 1, 1000ms)}, start);
  auto turn = schedule.next(start).value();
  EXPECT_EQ(turn.what->points.size(), 2u);
  EXPECT_TRUE(schedule.refused(turn, start, 1ms));
  auto first = schedule.next(start).value();
  EXPECT_EQ(first.what->points.at(0).id, 1u);
  schedule.answered(first, start, 1ms);
  auto second = schedule.next(start).value();
  EXPECT_FALSE(schedule.refused(second, start, 1ms)) << "this one is bad";
  EXPECT_FALSE(schedule.next(start));
  EXPECT_EQ(schedule.health(named("a")).state(), link_state::online) << "a refusal is an answer";
}

TEST(bus_schedule, asks_everybody_at_once_when_the_line_is_back) {
  line_on_paper line;
  for (auto id : {"a", "b", "c"})
    line.schedule.serve(named(id), {}, {timed(1, 0, 60'000ms)}, start);
  line.run(1s);
  line.schedule.line_lost(line.now);
  EXPECT_TRUE(line.schedule.health(named("b")).offline());
  line.now += 5s;
  line.schedule.line_back(line.now);
  line.requests.clear();
  line.run(100ms);
  EXPECT_GE(line.requests["a"], 1);
  EXPECT_GE(line.requests["c"], 1);
  EXPECT_EQ(line.schedule.health(named("b")).state(), link_state::online);
}

TEST(bus_schedule, goes_on_when_the_unit_whose_turn_it_is_is_dropped) {
  bus_schedule schedule;
  for (auto id : {"a", "b", "c"})
    schedule.serve(named(id), {}, {timed(1, 0, 1000ms), timed(2, 200, 1000ms)}, start);
  auto first = schedule.next(start)->unit;
  schedule.drop(first);
  auto second = schedule.next(start)->unit;
  EXPECT_NE(first, second);
  for (auto id : {"a", "b", "c"}) schedule.drop(named(id));
  EXPECT_FALSE(schedule.next(start));
}

TEST(bus_schedule, forgets_a_dropped_unit) {
  bus_schedule schedule;
  schedule.serve(named("a"), {}, {timed(1, 0, 1000ms)}, start);
  schedule.serve(named("b"), {}, {}, start);
  schedule.drop(named("a"));
  EXPECT_FALSE(schedule.next(start));
  EXPECT_FALSE(schedule.wake()) << "a unit without points is never due";
}

}  // namespace
}  // namespace stellwerk
