#include "persistence/chunk_compaction.hpp"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <array>
#include <deque>
#include <random>
#include <tuple>

#include "persistence/sample_merge.hpp"
#include "persistence/sample_writer.hpp"
#include "tests/persistence/rollup_check.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr wall_time start{milliseconds{1'700'000'000'000}};
constexpr sample_limits small_heads{4 << 10, 8 << 10, {}};

struct history {
  explicit history(const compaction_limits& max = {}) : compaction(db, max) {}

  temporary_folder folder;
  database_ptr db = open_history(folder.path());
  std::unique_ptr<sample_writer> writer = std::make_unique<sample_writer>(db, small_heads);
  chunk_compaction compaction;

  void add(const samples& items, wall_time now) {
    writer->add(items);
    ASSERT_TRUE(writer->write(now));
    while (writer->close_heads() == true) continue;
  }
  void compact(std::uint32_t series_count) {
    for (std::uint32_t one = 0; one < series_count; ++one) compaction.note_closing(one, 0);
    while (compaction.any_due()) ASSERT_FALSE(compaction.step());
  }
  samples all_of(std::uint32_t series) const {
    samples found;
    series_merge merge{*db, nullptr, series, wall_time::min(), wall_time::max()};
    EXPECT_FALSE(merge.take_until(wall_time::max(), [&](auto& one) { found.push_back(one); }));
    return found;
  }
  /// The samples of each chunk of a lane, in the lane's order.
  std::vector<samples> chunks_of(std::uint32_t series, lane which) const {
    std::vector<samples> found;
    lane_cursor at{*db, nullptr, series, which, wall_time::min()};
    for (; at.key() != nullptr; at.next()) {
      auto run = chunk::decode(at.chunk(), series);
      EXPECT_TRUE(run);
      found.push_back(run ? *run : samples(1));
      EXPECT_EQ(found.back().front().time, at.key()->first);
    }
    return found;
  }
};

void expect_same(const samples& a, const samples& b) {
  ASSERT_EQ(a.size(), b.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    wrong += a[i].time != b[i].time || a[i].value != b[i].value || a[i].quality != b[i].quality;
  EXPECT_EQ(wrong, 0u);
}

samples even(std::uint32_t series, int count, wall_time from = start, milliseconds step = 1s) {
  samples items;
  for (int i = 0; i < count; ++i)
    items.push_back({series, quality::good, from + i * step, i % 40 * 0.5});
  return items;
}

/// Two histories of the same samples, one of which is never compacted.
struct chunk_compaction_property : testing::TestWithParam<unsigned> {
  static constexpr std::uint32_t series_count = 3;

  samples drawn_group() {
    constexpr std::array paces{50, 2'000, 900'000};
    samples items;
    auto pace = static_cast<unsigned>(paces[draw() % paces.size()]);
    for (auto n = draw() % 400; n > 0; --n) {
      now += milliseconds{draw() % pace};
      auto when = now;
      if (draw() % 6 == 0) when -= milliseconds{draw() % 100'000};
      if (draw() % 60 == 0) when -= milliseconds{draw() % 400'000'000};
      auto series = static_cast<std::uint32_t>(draw() % series_count);
      if (draw() % 5 == 0 && !recent.empty())
        std::tie(series, when) = recent[draw() % recent.size()];
      recent.emplace_back(series, when);
      if (recent.size() > 500) recent.pop_front();
      items.push_back({series, static_cast<quality>(draw() % 4), when, {}});
      auto raw = static_cast<std::int64_t>(draw() % 100'000);
      items.back().value = draw() % 50 == 0 ? value{"text " + std::to_string(raw % 5)}
                                            : value{static_cast<double>(raw) / 100};
    }
    return items;
  }
  void expect_lanes_in_order(const history& of) {
    for (std::uint32_t series = 0; series < series_count; ++series) {
      auto newest = wall_time::min();
      for (auto& one : of.chunks_of(series, lane::ordered)) {
        EXPECT_LE(one.size(), max.samples);
        for (auto& item : one) {
          EXPECT_GT(item.time, newest);
          newest = item.time;
        }
      }
      for (auto& one : of.chunks_of(series, lane::late))
        EXPECT_LE(one.back().time - one.front().time, late_span_max);
    }
  }

  std::mt19937_64 draw{GetParam()};
  wall_time now = start;
  std::deque<std::pair<std::uint32_t, wall_time>> recent;  // to be written again
  compaction_limits max{200, 8, 1 + GetParam() % 4, 1};
};

TEST_P(chunk_compaction_property, changes_nothing_that_is_read) {
  history plain, compacted{max};
  for (int step = 0; step < 16 && !HasFatalFailure(); ++step) {
    auto items = drawn_group();
    plain.add(items, now);
    compacted.add(items, now);
    if (draw() % 3 > 0) compacted.compact(series_count);
    for (std::uint32_t one = 0; one < series_count; ++one)
      expect_same(plain.all_of(one), compacted.all_of(one));
  }
  compacted.compact(series_count);
  expect_lanes_in_order(compacted);
  EXPECT_TRUE(stored_rollups(*plain.db) == stored_rollups(*compacted.db));
  std::size_t before = 0, after = 0;
  for (std::uint32_t one = 0; one < series_count; ++one)
    for (auto which : {lane::ordered, lane::late}) {
      before += plain.chunks_of(one, which).size();
      after += compacted.chunks_of(one, which).size();
    }
  EXPECT_LT(after * 2, before);
  EXPECT_EQ(compacted.writer->chunks_replaced(), 0u);
  EXPECT_GT(compacted.compaction.chunks_replaced(), before);
}
INSTANTIATE_TEST_SUITE_P(seeds, chunk_compaction_property, testing::Range(0u, 12u));

TEST(chunk_compaction_test, makes_large_chunks_and_leaves_them_alone) {
  history it;
  for (int i = 0; i < 40; ++i) it.add(even(1, 1'000, start + i * 1000s), start);
  it.compact(2);
  auto sizes = it.chunks_of(1, lane::ordered);
  auto replaced = it.compaction.chunks_replaced();
  EXPECT_GT(replaced, 60u);
  std::size_t large = 0;
  for (auto& one : sizes) large += one.size() > chunk::samples_max * 7 / 8;
  EXPECT_EQ(large, 4u);
  it.compact(2);
  EXPECT_EQ(it.compaction.chunks_replaced(), replaced);
}

TEST(chunk_compaction_test, shows_a_reader_what_was_there_when_it_began) {
  history it{{2'000, 50, 2, 1}};
  it.add(even(1, 6'000), start);
  it.add(even(1, 400, start + 100s + 500ms), start);
  auto before = it.all_of(1);
  rocksdb::ManagedSnapshot moment{it.db->operator->()};
  series_merge reader{*it.db, moment.snapshot(), 1, wall_time::min(), wall_time::max()};
  samples found;
  auto take = [&](auto& one) { found.push_back(one); };
  ASSERT_FALSE(reader.take_until(start + 200s, take));
  it.compact(2);
  EXPECT_GT(it.compaction.chunks_replaced(), 5u);
  ASSERT_FALSE(reader.take_until(wall_time::max(), take));
  expect_same(found, before);
  expect_same(it.all_of(1), before);
}

TEST(chunk_compaction_test, puts_a_backfilled_gap_in_its_place) {
  history it{{1'000, 50, 2, 1}};
  it.add(even(1, 2'000), start);
  it.add(even(1, 2'000, start + 20'000s), start);
  for (int i = 0; i < 10; ++i) it.add(even(1, 500, start + 5'000s + i * 500s), start);
  for (int i = 0; i < 10; ++i) it.add(even(1, 500, start - 90'000s + i * 500s), start);
  auto before = it.all_of(1);
  ASSERT_EQ(before.size(), 14'000u);
  EXPECT_GT(it.chunks_of(1, lane::late).size(), 15u);
  it.compact(2);
  EXPECT_LT(it.chunks_of(1, lane::late).size(), 2u);
  expect_same(it.all_of(1), before);
}

TEST(chunk_compaction_test, leaves_what_is_damaged_and_all_beside_it) {
  history it{{2'000, 50, 2, 1}};
  it.add(even(1, 3'000), start);
  it.add(even(1, 400, start + 100s + 500ms), start);
  auto chunks = family(*it.db, history_family::chunks);
  std::unique_ptr<rocksdb::Iterator> at{it.db->operator->()->NewIterator({}, chunks)};
  std::size_t count = 0;
  for (at->SeekToFirst(); at->Valid(); at->Next(), ++count) {
    auto bytes = at->value().ToString();
    if (count % 2 == 0) bytes.resize(bytes.size() - 3);
    ASSERT_TRUE((*it.db)->Put({}, chunks, at->key(), bytes).ok());
  }
  it.compact(2);
  EXPECT_EQ(it.compaction.chunks_replaced(), 0u);
}

}  // namespace
}  // namespace stellwerk
