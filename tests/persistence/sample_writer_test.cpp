#include "persistence/sample_writer.hpp"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <map>
#include <random>

#include "persistence/sample_pages.hpp"
#include "tests/persistence/rollup_check.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr wall_time start{milliseconds{1'700'000'000'000}};

/// The database with limits so small that chunks are made and the log is cut all the time, beside
/// a map that says what must be in it.
struct sample_writer_test : testing::TestWithParam<unsigned> {
  static constexpr std::uint32_t series_count = 4;
  static constexpr sample_limits limits{12 << 10, 16 << 10, {}, {}, {300, 10, 3, 2}};

  void open() {
    if (writer) {
      chunks += writer->chunks_written();
      replaced += writer->chunks_replaced();
    }
    writer.reset();
    db.reset();
    db = open_history(folder.path());
    writer = std::make_unique<sample_writer>(db, limits);
  }

  wall_time drawn_time() {
    auto when = now + milliseconds{draw() % 2'000};
    if (draw() % 5 == 0) when -= milliseconds{draw() % 300'000};
    if (draw() % 50 == 0) when -= milliseconds{draw() % 600'000'000};
    return when;
  }
  void add_group() {
    samples items;
    for (auto n = draw() % 300; n > 0; --n) {
      sample one{
          static_cast<std::uint32_t>(draw() % series_count), quality::good, drawn_time(), {}};
      one.value = draw() % 9 == 0 ? value{std::string(draw() % 60, 'x')}
                                  : value{static_cast<double>(draw() % 1'000) / 10};
      items.push_back(std::move(one));
    }
    auto same_again = items.empty() ? samples{} : samples{items.front()};
    for (auto& some : {items, same_again}) {
      EXPECT_EQ(writer->add(some), some.size());
      for (auto& one : some) {
        model[one.series][one.time] = one.value;
        auto& last = latest[one.series];
        if (last.first <= one.time) last = {one.time, one.value};
      }
    }
    ASSERT_TRUE(writer->write(now));
    while (draw() % 4 > 0) {
      auto more = writer->close_heads();
      ASSERT_TRUE(more);
      EXPECT_LE(writer->heads().bytes(), limits.head_bytes);
      EXPECT_LE(log_size(), limits.log_bytes + 16'384);
      if (!*more) break;
    }
    for (auto more = draw() % 2 == 0; more;) {
      auto compacted = writer->compact();
      ASSERT_TRUE(compacted);
      more = *compacted;
    }
    now += milliseconds{draw() % 4'000};
  }
  std::size_t log_size() {
    std::unique_ptr<rocksdb::Iterator> at{
        db->operator->()->NewIterator({}, family(*db, history_family::log))};
    std::size_t bytes = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next()) bytes += at->value().size();
    return bytes;
  }

  void expect_right_page() {
    read_range what;
    for (std::uint32_t one = 0; one < series_count; ++one)
      if (draw() % 2 == 0) what.series.push_back(one);
    what.from = start + milliseconds{draw() % 600'000} - 300s;
    what.to = what.from + milliseconds{draw() % 900'000};
    what.limit = static_cast<std::uint32_t>(1 + draw() % 2'000);
    samples heads;
    for (auto one : what.series) writer->heads().copy(one, what.from, what.to, heads);
    bool closes = draw() % 2 == 0;
    ASSERT_TRUE(!closes || (writer->close_heads() && writer->compact()));
    auto page = read_page(*db, what, heads);
    ASSERT_TRUE(page);
    std::map<std::pair<wall_time, std::uint32_t>, value> wanted;
    for (auto one : what.series)
      for (auto& [time, content] : model[one])
        if (what.from <= time && time < what.to) wanted[{time, one}] = content;
    EXPECT_EQ(page->more, wanted.size() > what.limit);
    ASSERT_EQ(page->items.size(), std::min<std::size_t>(wanted.size(), what.limit));
    std::size_t wrong = 0;
    for (auto at = wanted.begin(); auto& one : page->items) {
      wrong += at->first != std::pair(one.time, one.series) || at->second != one.value;
      ++at;
    }
    EXPECT_EQ(wrong, 0u);
  }
  void expect_right_latest() {
    for (auto& [series, last] : latest) {
      ASSERT_NE(writer->heads().latest(series), nullptr);
      EXPECT_EQ(writer->heads().latest(series)->time, last.first);
      EXPECT_EQ(writer->heads().latest(series)->value, last.second);
    }
  }

  temporary_folder folder;
  std::mt19937_64 draw{GetParam()};
  wall_time now = start;
  database_ptr db;
  std::unique_ptr<sample_writer> writer;
  std::uint64_t chunks = 0;
  std::uint64_t replaced = 0;
  std::uint64_t rebuilt = 0;
  std::map<std::uint32_t, std::map<wall_time, value>> model;
  std::map<std::uint32_t, std::pair<wall_time, value>> latest;
};

TEST_P(sample_writer_test, gives_back_what_was_written_through_closings_and_restarts) {
  open();
  for (int step = 0; step < 60 && !HasFatalFailure(); ++step) {
    add_group();
    expect_right_page();
    if (draw() % 10 == 0) {
      rebuilt += writer->minutes_rebuilt();
      open();
      expect_right_rollups(*db, series_count);
    }
    expect_right_latest();
  }
  expect_right_rollups(*db, series_count);
  EXPECT_GT(chunks + writer->chunks_written(), 50u);
  EXPECT_GT(replaced + writer->chunks_replaced(), 50u);
  EXPECT_GT(rebuilt + writer->minutes_rebuilt(), 50u);
  EXPECT_EQ(writer->minutes_inexact(), 0u);
}
INSTANTIATE_TEST_SUITE_P(seeds, sample_writer_test, testing::Range(0u, 10u));

struct sample_database_test : testing::Test {
  void fill(std::uint64_t records) {
    sample_writer writer{open_history(folder.path()), {}};
    for (std::uint64_t i = 0; i < records; ++i) {
      writer.add(samples{{1, quality::good, start + milliseconds{i}, 1.5}});
      ASSERT_TRUE(writer.write(start));
    }
    writer.write_mark();
  }
  std::string refusal() {
    try {
      sample_writer writer{open_history(folder.path()), {}};
      return "";
    } catch (const storage_error& why) {
      return why.what();
    }
  }
  template <class F>
  void tamper(F change) {
    auto db = open_history(folder.path());
    change(*db);
  }
  temporary_folder folder;
};

TEST_F(sample_database_test, is_refused_when_it_ends_before_its_watermark) {
  fill(5);
  EXPECT_EQ(refusal(), "");
  tamper([](const database& db) { history_mark(db).write(6); });
  EXPECT_NE(refusal().find("ends at record 5, though 6 was durable"), std::string::npos);
}

TEST_F(sample_database_test, is_refused_when_an_entry_is_damaged) {
  for (auto which : {history_family::log, history_family::series, history_family::sources}) {
    fill(1);
    tamper([&](const database& db) { ASSERT_TRUE(db->Put({}, family(db, which), "zz", "?").ok()); }
    );
    EXPECT_NE(refusal().find("is damaged"), std::string::npos) << static_cast<int>(which);
    std::filesystem::remove_all(folder.path() / "history");
  }
}

TEST_F(sample_database_test, takes_late_samples_where_a_chunk_is_damaged) {
  fill(1);
  auto db = open_history(folder.path());
  auto key = to_bytes(chunk_key{1, lane::ordered, start, 1});
  ASSERT_TRUE((*db)->Put({}, family(*db, history_family::chunks), key, "damaged").ok());
  sample_writer writer{db, {1, 1, {}}};  // every head is closed at once
  for (auto when : {start + 10min, start + 1ms, start + 5min}) {
    writer.add(samples{{1, quality::good, when, 2.5}});
    ASSERT_TRUE(writer.write(start));
    ASSERT_TRUE(writer.close_heads());
  }
  EXPECT_EQ(writer.heads().count(), 0u);
  EXPECT_EQ(writer.minutes_rebuilt(), 2u);
  EXPECT_EQ(writer.minutes_inexact(), 1u);
  auto found = stored_rollups(*db);
  EXPECT_EQ((found[{1, rollup_level::minute, floor_to(start, 1min)}].numbers.count), 2u);
}

TEST_F(sample_database_test, shows_nothing_of_a_range_with_a_damaged_chunk) {
  fill(1);
  auto db = open_history(folder.path());
  auto key = to_bytes(chunk_key{1, lane::ordered, start, 1});
  ASSERT_TRUE((*db)->Put({}, family(*db, history_family::chunks), key, "damaged").ok());
  auto page = read_page(*db, {{1}, start, start + 1s, 10, 0}, {});
  EXPECT_FALSE(page);
  EXPECT_TRUE(read_page(*db, {{1}, start - 1s, start, 10, 0}, {}));
}

}  // namespace
}  // namespace stellwerk
