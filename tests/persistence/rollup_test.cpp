#include "persistence/rollup.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "persistence/rollup_records.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

wall_time at(std::int64_t ms) { return wall_time{milliseconds{ms}}; }

TEST(floor_to, rounds_down_on_both_sides_of_1970) {
  EXPECT_EQ(floor_to(at(59'999), 1min), at(0));
  EXPECT_EQ(floor_to(at(60'000), 1min), at(60'000));
  EXPECT_EQ(floor_to(at(-1), 1min), at(-60'000));
  EXPECT_EQ(floor_to(at(-60'000), 1min), at(-60'000));
  EXPECT_EQ(span_of(rollup_level::minute).slot_of(at(-1)), 59u);
  EXPECT_EQ(span_of(rollup_level::hour).slot_of(at(3'600'000 * 25)), 1u);
  EXPECT_EQ(span_of(rollup_level::day).slot_of(at(0) + std::chrono::days{33}), 1u);
}

TEST(rollup, has_the_numbers_of_what_was_added) {
  rollup made;
  for (auto x : {2.5, -1.0, 4.0}) made.add(x);
  made.add(3);
  EXPECT_EQ(made.numbers, (number_rollup{4, -1, 4, 8.5, 2.5, 3}));
  EXPECT_DOUBLE_EQ(made.numbers.average(), 2.125);
  EXPECT_EQ(made.states, state_rollup{});
}

TEST(rollup, counts_changes_of_booleans_and_texts) {
  rollup made;
  for (auto x : {true, true, false, true}) made.add(x);
  EXPECT_EQ(made.states, (state_rollup{4, 2, true, true}));
  made.add("idle");
  made.add("idle");
  EXPECT_EQ(made.states, (state_rollup{6, 3, true, "idle"}));
}

TEST(rollup, tells_numbers_and_states_apart) {
  rollup made;
  made.add(true);
  made.add(7.0);
  made.add(true);
  made.add(value{});
  EXPECT_EQ(made.numbers.count, 1u);
  EXPECT_EQ(made.states, (state_rollup{2, 0, true, true}));
}

TEST(rollup, keeps_its_sum_finite) {
  constexpr auto most = std::numeric_limits<double>::max();
  rollup made;
  for (auto x : {most, most, -most, -most, -most, 1.0}) made.add(x);
  EXPECT_TRUE(std::isfinite(made.numbers.sum));
  EXPECT_EQ(made.numbers.count, 6u);
}

value drawn(std::mt19937_64& draw, unsigned kinds) {
  switch (draw() % kinds) {
    case 0:
      return static_cast<double>(static_cast<int>(draw() % 2000) - 1000) / 8;
    case 1:
      return draw() % 2 == 0;
    case 2:
      return std::string(draw() % 5, static_cast<char>('a' + draw() % 2));
    default:
      return static_cast<std::int64_t>(draw() % 100) - 50;
  }
}

class some_rollups : public testing::TestWithParam<unsigned> {
 protected:
  rollup_row row(const rollup_span& span, unsigned kinds) {
    rollup_row made(span.slots());
    for (auto& one : made)
      for (auto n = draw() % 4; n > 0; --n) one.add(drawn(draw, kinds));
    made.back().add(drawn(draw, kinds));
    return made;
  }
  std::mt19937_64 draw{GetParam()};
};

TEST_P(some_rollups, are_the_same_in_one_go_and_in_parts) {
  rollup all;
  rollup_row parts(1 + draw() % 9);
  for (auto& part : parts)
    for (auto n = draw() % 20; n > 0; --n) {
      auto x = drawn(draw, 4);
      all.add(x);
      part.add(x);
    }
  EXPECT_EQ(total_of(parts), all);
}

TEST_P(some_rollups, come_back_from_their_bytes) {
  for (auto& span : rollup_spans)
    for (unsigned kinds = 1; kinds <= 4; ++kinds) {
      auto made = row(span, kinds);
      EXPECT_EQ(rollup_row_from(to_bytes(made), span), made) << kinds;
    }
}

TEST_P(some_rollups, are_refused_when_bytes_are_missing_or_more) {
  auto& span = span_of(rollup_level::hour);
  auto bytes = to_bytes(row(span, 4));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(rollup_row_from(std::string_view{bytes}.substr(0, size), span)) << size;
  EXPECT_FALSE(rollup_row_from(bytes + '\0', span));
  EXPECT_FALSE(rollup_row_from(bytes, span_of(rollup_level::minute)));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto bent = bytes;
    bent[i] = static_cast<char>(draw());
    auto read = rollup_row_from(bent, span);  // anything but a crash
    EXPECT_TRUE(!read || read->size() == span.slots());
  }
}
INSTANTIATE_TEST_SUITE_P(seeds, some_rollups, testing::Range(0u, 20u));

TEST(rollup_row, stores_a_sum_without_its_rounding_noise) {
  rollup_row row(24);
  for (int i = 0; i < 10; ++i) row[0].add(0.1);
  ASSERT_NE(row[0].numbers.sum, 1.0);
  row[1].add(1.0 / 3);
  auto read = rollup_row_from(to_bytes(row), span_of(rollup_level::hour));
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)[0].numbers.sum, 1.0);
  EXPECT_EQ((*read)[1].numbers.sum, 1.0 / 3);
}

TEST(rollup_key, sorts_by_series_level_and_time) {
  auto key = [](std::uint32_t series, rollup_level level, std::int64_t ms) {
    return to_bytes(rollup_key{series, level, at(ms)});
  };
  using enum rollup_level;
  EXPECT_LT(key(1, minute, -3'600'000), key(1, minute, 0));
  EXPECT_LT(key(1, minute, 3'600'000), key(1, hour, 0));
  EXPECT_LT(key(1, day, 0), key(2, minute, 0));
  auto back = rollup_key_from(key(7, hour, -86'400'000));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->series, 7u);
  EXPECT_EQ(back->level, hour);
  EXPECT_EQ(back->begin, at(-86'400'000));
  EXPECT_FALSE(rollup_key_from(key(7, static_cast<rollup_level>(4), 0)));
  EXPECT_FALSE(rollup_key_from("short"));
}

}  // namespace
}  // namespace stellwerk
