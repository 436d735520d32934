#include <gtest/gtest.h>

#include "tests/actors/field/line_on_paper.hpp"

namespace stellwerk {
namespace {

TEST(bus_isolation, leaves_healthy_units_97_percent_beside_a_silent_one) {
  line_on_paper line;
  line.silent = [](auto& unit) { return unit == "unit-0"; };
  for (int i = 0; i < 10; ++i)
    line.schedule.serve(named("unit-" + std::to_string(i)), {}, {timed(1, 0, 100ms)}, start);
  line.run(60s);
  for (int i = 1; i < 10; ++i) EXPECT_GE(line.answers["unit-" + std::to_string(i)], 582) << i;
  EXPECT_LE(line.requests["unit-0"], 20) << "probed, not polled";
  EXPECT_EQ(line.schedule.health(named("unit-0")).state(), link_state::offline);
}

TEST(bus_isolation, leaves_healthy_units_97_percent_beside_one_that_fell_silent) {
  line_on_paper line;
  for (int i = 0; i < 10; ++i)
    line.schedule.serve(named("unit-" + std::to_string(i)), {}, {timed(1, 0, 100ms)}, start);
  line.run(10s);
  line.silent = [](auto& unit) { return unit == "unit-5"; };
  auto before = line.answers;
  line.run(60s);
  for (auto i : {0, 1, 4, 6, 9}) {
    auto id = "unit-" + std::to_string(i);
    EXPECT_GE(line.answers[id] - before[id], 582) << i;
  }
}

TEST(bus_isolation, leaves_healthy_units_97_percent_beside_a_slow_one) {
  for (auto slow : {300ms, 900ms}) {
    line_on_paper line;
    for (int i = 0; i < 10; ++i)
      line.schedule.serve(
          named("unit-" + std::to_string(i)), {}, {timed(1, 0, 100ms)}, start + i * 7ms
      );
    line.takes = [=](auto& turn) { return turn.unit == named("unit-5") ? slow : 1ms; };
    line.run(60s);
    line.answers.clear();
    line.run(60s);
    for (auto i : {0, 1, 4, 6, 9})
      EXPECT_GE(line.answers["unit-" + std::to_string(i)], 582) << i << slow.count();
    EXPECT_GE(line.answers["unit-5"], 2);
  }
}

TEST(bus_isolation, leaves_healthy_units_97_percent_beside_one_that_answers_now_and_then) {
  line_on_paper line;
  for (int i = 0; i < 10; ++i)
    line.schedule.serve(named("unit-" + std::to_string(i)), {}, {timed(1, 0, 100ms)}, start);
  int asked = 0;
  line.silent = [&](auto& unit) { return unit == "unit-5" && ++asked % 4 != 0; };
  line.run(60s);
  line.answers.clear();
  line.run(60s);
  for (auto i : {0, 1, 4, 6, 9}) EXPECT_GE(line.answers["unit-" + std::to_string(i)], 582) << i;
}

TEST(bus_isolation, holds_no_unit_back_that_is_as_slow_as_the_others_or_harms_none) {
  line_on_paper line;
  for (int i = 0; i < 10; ++i)
    line.schedule.serve(named("unit-" + std::to_string(i)), {}, {timed(1, 0, 1000ms)}, start);
  line.takes = [](auto&) { return 60ms; };
  line.run(60s);
  for (int i = 0; i < 10; ++i) EXPECT_GE(line.answers["unit-" + std::to_string(i)], 60) << i;
  line.takes = [](auto& turn) { return turn.unit == named("unit-5") ? 300ms : 5ms; };
  line.run(60s);
  EXPECT_GE(line.answers["unit-5"], 115) << "nobody misses anything";
}

TEST(bus_isolation, forgives_a_hiccup_of_the_machine_now_and_then) {
  line_on_paper line;
  for (int i = 0; i < 10; ++i)
    line.schedule.serve(named("unit-" + std::to_string(i)), {}, {timed(1, 0, 50ms)}, start);
  int asked = 0;
  line.takes = [&](auto&) -> steady_span { return ++asked % 987 == 0 ? 120ms : 1ms; };
  line.run(60s);
  for (int i = 0; i < 10; ++i) EXPECT_GE(line.answers["unit-" + std::to_string(i)], 1140) << i;
}

TEST(bus_isolation, is_sure_of_a_second_at_most) {
  line_on_paper line;
  line.schedule.serve(named("a"), {30s}, {timed(1, 0, 100ms)}, start);
  line.takes = [](auto&) { return 6s; };
  line.run(60s);
  auto turn = line.schedule.next(line.schedule.wake().value());
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->within.sure, 1s);
  EXPECT_EQ(turn->within.most, 24s);
}

TEST(bus_isolation, finds_a_unit_within_2_s_after_it_was_silent_for_10) {
  line_on_paper line;
  for (int i = 0; i < 10; ++i)
    line.schedule.serve(named("unit-" + std::to_string(i)), {}, {timed(1, 0, 100ms)}, start);
  line.run(20s);
  line.silent = [](auto& unit) { return unit == "unit-3"; };
  line.run(10s);
  EXPECT_TRUE(line.schedule.health(named("unit-3")).offline());
  line.silent = [](auto&) { return false; };
  auto before = line.answers["unit-3"];
  line.run(2s);
  EXPECT_GE(line.answers["unit-3"] - before, 2) << "the probe, and what it makes due";
}

TEST(bus_isolation, finds_a_unit_that_became_slow) {
  line_on_paper line;
  line.schedule.serve(named("a"), {}, {timed(1, 0, 100ms)}, start);
  line.run(10s);
  line.takes = [](auto& turn) { return turn.within.most > 800ms ? 800ms : turn.within.most; };
  line.silent = [](auto&) { return true; };
  line.run(2s);
  EXPECT_TRUE(line.schedule.health(named("a")).offline());
  auto turn = line.schedule.next(line.schedule.wake().value());
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->within.most, 3s) << "nobody else waits";
}

}  // namespace
}  // namespace stellwerk
