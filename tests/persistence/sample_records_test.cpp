#include "persistence/sample_records.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "persistence/sample_sources.hpp"

namespace stellwerk {
namespace {

using std::chrono::milliseconds;

wall_time at(std::int64_t ms) { return wall_time{milliseconds{ms}}; }

samples every_kind() {
  using whole = std::numeric_limits<std::int64_t>;
  return {
      {1, quality::good, at(1'700'000'000'000), true},
      {0xffff'ffffu, quality::bad, at(1'700'000'000'000), false},
      {2, quality::stale, at(0), whole::min()},
      {2, quality::substituted, wall_time::max(), whole::max()},
      {3, quality::good, wall_time::min(), -0.0},
      {3, quality::good, at(-5), std::numeric_limits<double>::denorm_min()},
      {4, quality::good, at(7), std::string(1024, 'x')},
      {4, quality::good, at(7), ""},
  };
}

bool same(const sample& a, const sample& b) {
  return a.series == b.series && a.quality == b.quality && a.time == b.time && a.value == b.value;
}

source_record some_source() {
  source_record record;
  record.window.mark(3, 5'000, false);
  record.window.mark(3, 4'990, true);
  record.used = at(1'700'000'000'000);
  record.last = {
      4'990,
      {7, {{2, "wrong_type", "no"}, {900, "unknown_channel", "none"}, {901, "wrong_type", "no"}}}};
  return record;
}

TEST(sample_records_test, gives_back_a_log_record_to_the_last_bit) {
  for (auto& items : {samples{}, every_kind()}) {
    auto back = log_record_from(to_log_bytes(items, at(1'700'000'000'123)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->arrived, at(1'700'000'000'123));
    ASSERT_EQ(back->items.size(), items.size());
    for (std::size_t i = 0; i < items.size(); ++i) EXPECT_TRUE(same(back->items[i], items[i])) << i;
    EXPECT_TRUE(items.empty() || std::signbit(*back->items[4].value.as<double>()));
  }
}

TEST(sample_records_test, gives_back_the_record_of_a_series) {
  for (auto& last : every_kind()) {
    auto back = series_record_from(to_bytes(series_record{77, at(-1), last}), last.series);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->covered, 77u);
    EXPECT_EQ(back->ordered_until, at(-1));
    EXPECT_TRUE(same(back->last, last));
  }
}

TEST(sample_records_test, takes_all_that_a_source_of_version_1_saw_for_refused_in_part) {
  auto record = some_source();
  auto bytes = to_bytes(record);
  bytes[0] = 1;
  bytes.erase(1 + 1 + 2 + 128, 128);  // behind version, epoch, top, window
  auto back = source_record_from(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->window.refused, record.window.bits);
  EXPECT_EQ(back->last.answer.refused.size(), 3u);
}

TEST(sample_records_test, gives_back_a_source_with_its_window_and_answer) {
  auto record = some_source();
  auto back = source_record_from(to_bytes(record));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->window.epoch, 3u);
  EXPECT_EQ(back->window.top, 5'000u);
  EXPECT_EQ(back->window.bits, record.window.bits);
  EXPECT_EQ(back->window.refused, record.window.refused);
  EXPECT_EQ(back->used, record.used);
  EXPECT_EQ(back->last.seq, 4'990u);
  EXPECT_EQ(back->last.answer.accepted, 7u);
  ASSERT_EQ(back->last.answer.refused.size(), 3u);
  EXPECT_EQ(back->last.answer.refused[1].index, 900u);
  EXPECT_EQ(back->last.answer.refused[1].code, "unknown_channel");
  EXPECT_EQ(back->last.answer.refused[2].index, 901u);
  EXPECT_EQ(back->last.answer.refused[2].message, "no");
}

TEST(sample_records_test, keys_of_chunks_sort_by_series_lane_time_and_writing) {
  const std::vector<chunk_key> ascending{
      {1, lane::ordered, wall_time::min(), 9},
      {1, lane::ordered, at(-1), 9},
      {1, lane::ordered, at(0), 1},
      {1, lane::ordered, at(0), 2},
      {1, lane::ordered, wall_time::max(), 0},
      {1, lane::late, at(0), 0},
      {2, lane::ordered, at(0), 0},
      {0xffff'ffffu, lane::ordered, at(0), 0},
  };
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    auto bytes = to_bytes(ascending[i]);
    EXPECT_TRUE(i == 0 || to_bytes(ascending[i - 1]) < bytes) << i;
    auto back = chunk_key_from(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(to_bytes(*back), bytes);
  }
  EXPECT_FALSE(chunk_key_from(""));
  EXPECT_FALSE(chunk_key_from(std::string(21, '\xff')));
}

TEST(sample_records_test, refuses_every_truncation_and_survives_every_flipped_bit) {
  const std::vector<std::string> whole{
      to_log_bytes(every_kind(), at(5)), to_bytes(series_record{1, at(1), every_kind()[6]}),
      to_bytes(some_source())};
  auto read = [](std::size_t which, const std::string& bytes) {
    if (which == 0) return log_record_from(bytes).has_value();
    if (which == 1) return series_record_from(bytes, 1).has_value();
    return source_record_from(bytes).has_value();
  };
  std::mt19937_64 draw{5};
  for (std::size_t which = 0; which < whole.size(); ++which) {
    for (std::size_t size = 0; size < whole[which].size(); ++size)
      EXPECT_FALSE(read(which, whole[which].substr(0, size))) << which << ' ' << size;
    EXPECT_FALSE(read(which, whole[which] + '\0'));
    std::size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
      auto bytes = whole[which];
      for (auto n = 1 + draw() % 4; n > 0; --n)
        bytes[draw() % bytes.size()] ^= static_cast<char>(1u << draw() % 8);
      refused += !read(which, bytes);
    }
    EXPECT_GT(refused, 100u);
  }
}

}  // namespace
}  // namespace stellwerk
