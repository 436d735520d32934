#include "persistence/series_buckets.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "actors/model/error.hpp"
#include "persistence/sample_writer.hpp"
#include "tests/persistence/rollup_check.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::milliseconds;

constexpr wall_time start{milliseconds{1'700'000'000'000}};

TEST(bucket_grid, has_no_more_buckets_than_asked_and_whole_units) {
  auto width = [](milliseconds range, std::uint32_t points) {
    return grid_of(start, start + range, points)->width;
  };
  EXPECT_EQ(width(1s, 10), 100ms);
  EXPECT_EQ(width(10ms, 500), 1ms);
  EXPECT_EQ(width(1001ms, 10), 101ms);
  EXPECT_EQ(width(80min, 10), 8min);
  EXPECT_EQ(width(80min + 1ms, 10), 9min);
  EXPECT_EQ(width(79min, 10), 474s);
  EXPECT_EQ(width(days{365}, 1000), 9h);
  EXPECT_EQ(width(days{365}, 10), days{37});
  for (auto points : {10u, 500u, 5000u})
    for (auto range : {milliseconds{1}, milliseconds{7min}, milliseconds{days{400}}}) {
      auto grid = *grid_of(start, start + range, points);
      EXPECT_LT(grid.index_of(grid.to - 1ms), points);
    }
}

TEST(bucket_grid, is_refused_without_a_range_or_points_and_beyond_the_calendar) {
  EXPECT_FALSE(grid_of(start, start, 10));
  EXPECT_FALSE(grid_of(start, start - 1ms, 10));
  EXPECT_FALSE(grid_of(start, start + 1s, 0));
  EXPECT_FALSE(grid_of(wall_time::min(), start, 10));
  EXPECT_FALSE(grid_of(start, wall_time::max(), 10));
}

/// The history with limits so small that chunks are made all the time, beside a map of what is in
/// it, and buckets made of that map one sample after the other.
struct series_buckets_test : testing::TestWithParam<unsigned> {
  static constexpr std::uint32_t series_count = 3;

  void open() {
    if (writer) rebuilt += writer->minutes_rebuilt();
    writer.reset();
    db.reset();
    db = open_history(folder.path());
    writer = std::make_unique<sample_writer>(db, sample_limits{64 << 10, 16 << 10, {}});
  }
  value drawn_value(std::uint32_t series) {
    if (series == 1 || draw() % 40 == 0) return draw() % 3 == 0;
    if (series == 2 && draw() % 2 == 0) return static_cast<std::int64_t>(draw() % 1'000);
    return static_cast<double>(draw() % 10'000) / 100;
  }
  /// Samples at a pace of seconds, minutes or hours; some late, some in the place of others.
  void add_group() {
    constexpr std::array paces{700ms, milliseconds{19s}, milliseconds{7min}, milliseconds{5h}};
    auto pace = paces[draw() % paces.size()];
    samples items;
    for (auto n = draw() % 400; n > 0; --n) {
      now += milliseconds{draw() % static_cast<std::uint64_t>(pace.count())};
      auto series = static_cast<std::uint32_t>(draw() % series_count);
      auto when = now;
      if (draw() % 10 == 0) when -= milliseconds{draw() % 400'000};
      if (draw() % 100 == 0) when -= milliseconds{draw() % 3'000'000'000};
      if (auto& known = model[series]; draw() % 20 == 0 && !known.empty())
        when = std::next(known.begin(), static_cast<long>(draw() % known.size()))->first;
      items.push_back({series, quality::good, when, drawn_value(series)});
      model[series][when] = items.back().value;
    }
    writer->add(std::move(items));
    ASSERT_TRUE(writer->write(now));
    while (draw() % 3 > 0 && writer->close_heads() == true) continue;
  }

  bucket_grid drawn_grid() {
    auto all = static_cast<std::uint64_t>((now - start).count()) + 1;
    auto from = start + milliseconds{draw() % all} - 1h;
    if (draw() % 3 == 0) from = floor_to(from, draw() % 2 == 0 ? milliseconds{1min} : days{1});
    constexpr std::array ranges{3s, 10min + 0s, 5h + 0s, 30h + 0s, 2000h + 0s, 90'000h + 0s};
    auto most = static_cast<std::uint64_t>(ranges[draw() % ranges.size()].count()) * 1000;
    auto points = static_cast<std::uint32_t>(1 + draw() % 300);
    return *grid_of(from, from + milliseconds{1 + draw() % most}, points);
  }

  /// What `grid` must hold of a series; changes as they happen, one sample after the other.
  std::map<std::int64_t, rollup> wanted(std::uint32_t series, const bucket_grid& grid) {
    std::map<std::int64_t, rollup> made;
    const value* before = nullptr;
    for (auto& [time, content] : model[series]) {
      if (time < grid.from || time >= grid.to) continue;
      auto& bucket = made[(time - grid.from) / grid.width];
      auto changes = bucket.states.changes;
      bucket.add(content);
      auto is_state = content.as<bool>() != nullptr;
      if (!is_state) continue;
      bucket.states.changes = changes + (before != nullptr && !(*before == content) ? 1 : 0);
      before = &content;
    }
    return made;
  }

  void expect_right_buckets() {
    auto grid = drawn_grid();
    std::vector<std::uint32_t> series{2, 0, 1};
    samples heads;
    for (auto one : series) writer->heads().copy(one, grid.from, grid.to, heads);
    if (draw() % 3 == 0) {  // a head becomes chunks after it was copied
      ASSERT_TRUE(writer->close_heads());
    }
    std::size_t told = 0;
    auto why = read_buckets(*db, series, grid, heads, [&](auto which, auto& found) -> caf::error {
      EXPECT_EQ(which, told++);
      expect_equal(wanted(series[which], grid), found);
      return {};
    });
    EXPECT_FALSE(why);
    EXPECT_EQ(told, series.size());
  }
  void expect_equal(const std::map<std::int64_t, rollup>& all, const series_buckets& found) {
    ASSERT_EQ(found.size(), all.size());
    std::size_t wrong = 0;
    for (auto at = found.begin(); auto& [index, bucket] : all) {
      wrong += at->index != index || !nearly_equal(bucket, at->content);
      ++at;
    }
    EXPECT_EQ(wrong, 0u) << "of " << all.size();
    buckets += all.size();
  }

  temporary_folder folder;
  std::mt19937_64 draw{GetParam()};
  wall_time now = start;
  database_ptr db;
  std::unique_ptr<sample_writer> writer;
  std::map<std::uint32_t, std::map<wall_time, value>> model;
  std::size_t buckets = 0;
  std::uint64_t rebuilt = 0;
};

TEST_P(series_buckets_test, hold_what_was_written_through_closings_late_samples_and_restarts) {
  open();
  for (int step = 0; step < 50 && !HasFailure(); ++step) {
    add_group();
    for (int question = 0; question < 3; ++question) expect_right_buckets();
    if (draw() % 8 == 0) open();
  }
  EXPECT_GT(buckets, 500u);
  EXPECT_GT(rebuilt + writer->minutes_rebuilt(), 20u);
}
INSTANTIATE_TEST_SUITE_P(seeds, series_buckets_test, testing::Range(0u, 8u));

struct series_of_a_year : testing::Test {
  /// A sample every ten minutes for a year, one of them a peak.
  void SetUp() override {
    samples items;
    for (int i = 0; i < 52'560; ++i) {
      items.push_back({1, quality::good, start + i * 10min, 20.0 + i % 10});
      if (i == 30'000) items.back().value = 1'000.0;
      if (items.size() < 6'000) continue;
      writer.add(std::exchange(items, {}));
      ASSERT_TRUE(writer.write(start));
      while (writer.close_heads() == true) continue;
    }
    writer.add(std::move(items));
    ASSERT_TRUE(writer.write(start));
  }
  series_buckets read(const bucket_grid& grid) {
    samples heads;
    writer.heads().copy(1, grid.from, grid.to, heads);
    series_buckets found;
    auto why = read_buckets(*db, {1}, grid, heads, [&](auto, auto& buckets) -> caf::error {
      found = buckets;
      return {};
    });
    EXPECT_FALSE(why);
    return found;
  }
  temporary_folder folder;
  database_ptr db = open_history(folder.path());
  sample_writer writer{db, {}};
};

TEST_F(series_of_a_year, shows_a_peak_of_one_sample_at_any_zoom) {
  for (auto points : {10u, 100u, 1'000u, 5'000u})
    for (auto late : {0ms, 12'345ms}) {
      auto grid = *grid_of(start - late, start + days{365} + 1h, points);
      std::uint64_t count = 0;
      std::size_t peaks = 0;
      for (auto& one : read(grid)) {
        count += one.content.numbers.count;
        peaks += one.content.numbers.max == 1'000.0;
      }
      EXPECT_EQ(count, 52'560u);
      EXPECT_EQ(peaks, 1u) << points;
    }
}

TEST_F(series_of_a_year, leaves_empty_buckets_out) {
  auto found = read(*grid_of(start - days{365}, start + days{730}, 1'000));
  ASSERT_FALSE(found.empty());
  EXPECT_LT(found.size(), 350u);
  EXPECT_GT(found.front().index, 300);
}

TEST_F(series_of_a_year, ends_where_it_is_told_to) {
  auto grid = *grid_of(start, start + days{1}, 10);
  auto tell = [](auto, auto&) { return refuse(errc::too_large); };
  EXPECT_TRUE(is(read_buckets(*db, {1, 1}, grid, {}, tell), errc::too_large));
}

}  // namespace
}  // namespace stellwerk
