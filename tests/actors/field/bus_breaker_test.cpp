#include "actors/field/bus_breaker.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

const steady_moment start{1000h};

TEST(back_off, doubles_from_1_s_to_30_s_with_at_most_10_percent_of_chance) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    back_off retry{seed};
    auto now = start;
    for (auto wanted : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}) {
      retry.failed(now);
      EXPECT_GE(retry.next_try() - now, wanted);
      EXPECT_LE(retry.next_try() - now, std::chrono::milliseconds{wanted} * 11 / 10);
      now = retry.next_try();
    }
  }
}

TEST(back_off, tries_each_second_for_as_long_as_it_is_refused_at_once) {
  back_off retry{1};
  auto now = start;
  for (int i = 0; i < 100; ++i) {
    retry.failed(now, true);
    EXPECT_LE(retry.next_try() - now, 1100ms);
    EXPECT_GE(retry.next_try() - now, 1s);
    now = retry.next_try();
  }
}

TEST(back_off, finds_within_2_s_what_was_away_for_10_s) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    back_off retry{seed};
    retry.succeeded(start);
    auto now = start + 1h;
    auto back = now + 10s;
    while (now < back) {
      retry.failed(now);
      now = retry.next_try();
    }
    EXPECT_LE(now - back, 1650ms);
  }
}

TEST(back_off, starts_over_only_after_10_s_of_success) {
  back_off retry{1};
  auto now = start;
  for (int i = 0; i < 10; ++i) {
    retry.failed(now);
    now = retry.next_try();
  }
  retry.succeeded(now);
  now += 9s;
  retry.failed(now);
  retry.failed(now + 13s);
  EXPECT_GE(retry.next_try() - (now + 13s), 30s) << "it has not proven itself";
  retry.succeeded(now + 60s);
  retry.succeeded(now + 71s);
  retry.failed(now + 72s);
  EXPECT_LE(retry.next_try() - (now + 72s), 1100ms);
}

TEST(latency, gives_the_99th_percentile_of_the_last_128) {
  latency l;
  EXPECT_FALSE(l.p99());
  l.add(5ms);
  EXPECT_EQ(l.p99(), 5ms);
  for (int i = 0; i < 64; ++i) l.add(1ms);
  EXPECT_EQ(l.p99(), 5ms) << "one of 65 is among the slowest percent";
  for (int i = 0; i < 256; ++i) l.add(2ms);
  EXPECT_EQ(l.p99(), 2ms) << "forgotten";
  l.add(50ms);
  l.add(50ms);
  EXPECT_EQ(l.p99(), 50ms) << "a slower one is taken at once";
}

TEST(unit_health, is_degraded_after_one_failure_and_offline_after_three) {
  unit_health h{1};
  EXPECT_EQ(h.state(), link_state::connecting);
  h.answered(start, 1ms);
  EXPECT_EQ(h.state(), link_state::online);
  h.failed(start);
  EXPECT_EQ(h.state(), link_state::degraded);
  h.failed(start);
  EXPECT_EQ(h.state(), link_state::degraded);
  h.failed(start);
  EXPECT_EQ(h.state(), link_state::offline);
  EXPECT_GE(h.next_try(), start + 1s);
  h.answered(start + 2s, 1ms);
  EXPECT_EQ(h.state(), link_state::online);
  h.failed(start + 3s);
  EXPECT_EQ(h.state(), link_state::degraded) << "counted anew";
}

TEST(unit_health, stays_connecting_until_it_is_known_to_be_away) {
  unit_health h{1};
  h.failed(start);
  h.failed(start);
  EXPECT_EQ(h.state(), link_state::connecting);
  h.failed(start);
  EXPECT_EQ(h.state(), link_state::offline);
}

TEST(unit_health, is_offline_at_once_without_its_line_and_asked_at_once_with_it) {
  unit_health h{1};
  h.answered(start, 1ms);
  h.line_lost(start + 1s);
  EXPECT_EQ(h.state(), link_state::offline);
  h.line_back(start + 5s);
  EXPECT_EQ(h.next_try(), start + 5s);
  h.failed(start + 5s);
  EXPECT_LE(h.next_try(), start + 6100ms) << "its own back-off starts now";
}

TEST(unit_health, waits_four_times_its_p99_within_limits) {
  auto within = [](std::optional<steady_span> own, std::optional<steady_span> bus,
                   steady_span free = 0s) {
    unit_health h{1};
    if (own) h.answered(start, *own);
    return h.timeout(bus, free, 3s).most;
  };
  EXPECT_EQ(within({}, {}), 300ms);
  EXPECT_EQ(within({}, {}, 1h), 3s) << "nobody else waits";
  EXPECT_EQ(within({}, 50ms), 200ms);
  EXPECT_EQ(within(1ms, 500ms), 100ms);
  EXPECT_EQ(within(60ms, 1ms), 240ms);
  EXPECT_EQ(within(2s, {}), 3s);
}

TEST(unit_health, probes_briefly_unless_nobody_waits) {
  unit_health h{1};
  for (int i = 0; i < 3; ++i) h.failed(start);
  EXPECT_EQ(h.timeout({}, 0s, 3s).most, 200ms);
  EXPECT_EQ(h.timeout(1ms, 0s, 3s).most, 100ms);
  EXPECT_EQ(h.timeout({}, 700ms, 3s).most, 700ms);
  EXPECT_EQ(h.timeout({}, 1h, 3s), (answer_wait{200ms, 3s})) << "only the first is sure";
  int patient = 0;
  auto now = start;
  while (now < start + 1h) {
    patient += h.timeout({}, 0s, 3s).most == 3s;
    h.failed(now);
    now = h.next_try();
  }
  EXPECT_GE(patient, 12) << "each eighth of those each 30 s waits for all it may";
  EXPECT_LE(patient, 15);
}

}  // namespace
}  // namespace stellwerk
