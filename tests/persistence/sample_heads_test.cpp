#include "persistence/sample_heads.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

#include "persistence/chunk.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

wall_time at(std::int64_t ms) { return wall_time{milliseconds{ms}}; }
sample made(std::uint32_t series, std::int64_t ms, value v) {
  return {series, quality::good, at(ms), std::move(v)};
}

struct runs_property : testing::TestWithParam<unsigned> {};

TEST_P(runs_property, hold_the_later_of_each_moment_once_within_the_limits_of_their_lane) {
  std::mt19937_64 draw{GetParam()};
  auto until = at(static_cast<std::int64_t>(draw() % 1'000'000'000));
  std::map<wall_time, int> model;
  samples head;
  for (int i = 0, n = 1 + static_cast<int>(draw() % 3'000); i < n; ++i) {
    auto spread = draw() % 3 == 0 ? 1'000'000'000 : 2'000;
    auto when = until - 500ms + milliseconds{draw() % static_cast<unsigned>(spread)};
    if (draw() % 4 == 0) when = until - milliseconds{draw() % 1'000'000'000};
    head.push_back({7, quality::good, when, i});
    model[when] = i;
  }
  auto runs = runs_of(std::move(head), until);
  std::map<wall_time, int> found;
  auto newest = until;
  for (auto lane : {&runs.late, &runs.ordered})
    for (auto& run : *lane) {
      ASSERT_FALSE(run.empty());
      ASSERT_LE(run.size(), head_samples_max);
      for (std::size_t i = 1; i < run.size(); ++i) EXPECT_LT(run[i - 1].time, run[i].time);
      for (auto& one : run)
        EXPECT_TRUE(found.emplace(one.time, static_cast<int>(*one.value.as<std::int64_t>())).second
        );
      if (lane == &runs.late) {
        EXPECT_LE(run.back().time, until);
        EXPECT_LE(run.back().time - run.front().time, late_span_max);
      } else {
        EXPECT_GT(run.front().time, newest);
        newest = run.back().time;
      }
    }
  EXPECT_EQ(found, model);
}
INSTANTIATE_TEST_SUITE_P(seeds, runs_property, testing::Range(0u, 20u));

TEST(sample_heads_test, know_the_newest_sample_by_its_time_and_then_by_writing) {
  sample_heads heads;
  EXPECT_EQ(heads.latest(1), nullptr);
  heads.add(made(1, 20, 1), at(0), 1);
  heads.add(made(1, 10, 2), at(0), 2);
  EXPECT_EQ(heads.latest(1)->value, value{1});
  heads.add(made(1, 20, 3), at(0), 3);
  EXPECT_EQ(heads.latest(1)->value, value{3});
}

TEST(sample_heads_test, leave_out_what_a_chunk_covers) {
  sample_heads heads;
  heads.restore({5, at(50), made(1, 50, 1.5)});
  heads.add(made(1, 40, 1.0), at(0), 5);
  EXPECT_EQ(heads.count(), 0u);
  heads.add(made(1, 45, 2.0), at(0), 6);
  EXPECT_EQ(heads.count(), 1u);
  EXPECT_EQ(heads.latest(1)->value, value{1.5});
  EXPECT_EQ(heads.oldest_written(9), 6u);
  auto closing = heads.close(1, 6);
  EXPECT_EQ(closing.record.covered, 6u);
  EXPECT_EQ(closing.record.ordered_until, at(50));
  EXPECT_EQ(closing.runs.late.size(), 1u);
  EXPECT_TRUE(closing.runs.ordered.empty());
}

TEST(sample_heads_test, count_what_they_hold_and_nothing_when_all_is_forgotten) {
  sample_heads heads;
  for (int i = 0; i < 1'000; ++i) {
    heads.add(made(1 + i % 3, i, std::string(100, 'x')), at(i + (i == 7 ? -90 : 5)), 1);
  }
  EXPECT_GE(heads.bytes(), 1'000u * 104);
  EXPECT_LE(heads.bytes(), 1'000u * 106 * 3 / 2);
  EXPECT_EQ(heads.count(), 1'000u);
  for (auto series : heads.oldest(10)) {
    auto closing = heads.close(series, 1);
    EXPECT_EQ(closing.skew_ms, series == 2 ? -90 : 5);
    heads.forget(closing.record);
  }
  EXPECT_EQ(heads.bytes(), 0u);
  EXPECT_EQ(heads.count(), 0u);
  EXPECT_EQ(heads.oldest_written(42), 42u);
  EXPECT_EQ(heads.latest(1)->time, at(999));
}

TEST(sample_heads_test, give_back_what_they_hold_in_the_order_written) {
  sample_heads heads;
  const std::vector<sample> all{
      made(7, 50, 1.5),
      {7, quality::bad, at(40), true},
      made(7, -60, std::string(300, 'y')),
      made(7, 50, std::numeric_limits<std::int64_t>::min()),
      made(7, 51, -0.0)};
  for (auto& one : all) heads.add(one, at(0), 1);
  heads.add(made(8, 45, 1), at(0), 1);
  samples found;
  heads.copy(7, at(-1'000), at(51), found);
  ASSERT_EQ(found.size(), 4u);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].series, 7u);
    EXPECT_EQ(found[i].time, all[i].time);
    EXPECT_EQ(found[i].quality, all[i].quality);
    EXPECT_EQ(found[i].value, all[i].value);
  }
}

TEST(sample_heads_test, name_those_that_are_full_and_the_largest_of_the_oldest) {
  sample_heads heads;
  std::uint64_t written = 0;
  for (auto [series, count] : {std::pair{1, 5}, {2, 9}, {3, 7}, {4, 2}, {5, 600}})
    for (int i = 0; i < count; ++i)
      heads.add(made(static_cast<std::uint32_t>(series), i, 1), at(0), ++written);
  EXPECT_EQ(heads.full(9), std::vector<std::uint32_t>{5});
  EXPECT_EQ(heads.oldest(2), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(heads.largest_of_oldest(2), (std::vector<std::uint32_t>{2, 3}));
}

}  // namespace
}  // namespace stellwerk
