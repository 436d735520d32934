#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include "persistence/sample_writer.hpp"
#include "tests/persistence/rollup_check.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr wall_time start{milliseconds{1'700'000'000'000}};
constexpr std::uint32_t series_count = 3;

struct history_migration_test : testing::Test {
  /// Some chunks of three series, late ones and heads included.
  void fill() {
    sample_writer writer{open_history(folder.path()), {}};
    for (int group = 0; group < 20; ++group) {
      samples items;
      for (int i = 0; i < 600; ++i) {
        auto series = static_cast<std::uint32_t>(i % 3);
        auto when = start + 60s * (group * 200 + i / 3) + milliseconds{i};
        if (group % 5 == 4) when -= 20h;
        items.push_back({series, quality::good, when, {}});
        items.back().value = series == 0 ? value{i % 2 == 0} : value{i / 10.0};
      }
      writer.add(std::move(items));
      ASSERT_TRUE(writer.write(start));
      while (writer.close_heads() == true) continue;
    }
    ASSERT_GT(writer.chunks_written(), 15u);
    ASSERT_GT(writer.heads().count(), 0u);
  }
  void set_format(const char* words) {
    auto db = open_history(folder.path());
    auto* meta = family(*db, history_family::meta);
    ASSERT_TRUE((*db)->Put({}, meta, "format", words).ok());
  }
  /// As a program of version 1 leaves it: without the family.
  void make_version_1() {
    auto db = open_history(folder.path());
    auto* rollups = family(*db, history_family::rollups);
    ASSERT_TRUE((*db)->Put({}, family(*db, history_family::meta), "format", "history 1").ok());
    ASSERT_TRUE((*db)->DropColumnFamily(rollups).ok());
  }
  std::string format() {
    auto db = open_history(folder.path());
    std::string found;
    EXPECT_TRUE((*db)->Get({}, family(*db, history_family::meta), "format", &found).ok());
    return found;
  }
  temporary_folder folder;
};

TEST_F(history_migration_test, gives_roll_ups_to_a_folder_of_version_1) {
  fill();
  auto before = stored_rollups(*open_history(folder.path()));
  EXPECT_GT(before.size(), 1000u);
  make_version_1();
  {
    auto db = open_history(folder.path());
    EXPECT_EQ(stored_rollups(*db).size(), before.size());
    expect_right_rollups(*db, series_count);
  }
  EXPECT_EQ(format(), "history 2");
}

TEST_F(history_migration_test, begins_anew_where_one_was_cut_short) {
  fill();
  {
    auto db = open_history(folder.path());
    rollup_row wrong(60);
    wrong[5].add(-1.0);
    auto* rollups = family(*db, history_family::rollups);
    for (auto begin : {floor_to(start, 1h), floor_to(start, 1h) - 1h}) {
      auto key = to_bytes(rollup_key{1, rollup_level::minute, begin});
      ASSERT_TRUE((*db)->Put({}, rollups, key, to_bytes(wrong)).ok());
    }
  }
  set_format("history 1");
  expect_right_rollups(*open_history(folder.path()), series_count);
}

TEST_F(history_migration_test, is_done_once) {
  fill();
  auto db = open_history(folder.path());
  EXPECT_FALSE(db->is_older());
  auto* rollups = family(*db, history_family::rollups);
  auto key = to_bytes(rollup_key{9, rollup_level::minute, wall_time{}});
  rollup_row kept(60);
  kept[0].add(1.0);
  ASSERT_TRUE((*db)->Put({}, rollups, key, to_bytes(kept)).ok());
  db.reset();
  EXPECT_TRUE(
      stored_rollups(*open_history(folder.path())).contains({9, rollup_level::minute, wall_time{}})
  );
}

TEST_F(history_migration_test, refuses_a_later_version_and_no_version) {
  for (auto* words : {"history 3", "history 0", "history", "store 1"}) {
    set_format(words);
    EXPECT_THAT(
        [&] { open_history(folder.path()); }, ThrowsMessage<storage_error>(HasSubstr(words))
    );
    std::filesystem::remove_all(folder.path() / "history");
  }
}

TEST_F(history_migration_test, is_refused_where_a_chunk_is_damaged) {
  fill();
  {
    auto db = open_history(folder.path());
    auto key = to_bytes(chunk_key{1, lane::ordered, start, 1});
    ASSERT_TRUE((*db)->Put({}, family(*db, history_family::chunks), key, "damaged").ok());
  }
  set_format("history 1");
  EXPECT_THAT(
      [&] { open_history(folder.path()); },
      ThrowsMessage<storage_error>(HasSubstr("roll-ups cannot be built"))
  );
}

TEST_F(history_migration_test, may_be_observed_before_it_is_done) {
  fill();
  make_version_1();
  auto seen = observe_history(folder.path());
  EXPECT_TRUE(seen->is_older());
  std::unique_ptr<rocksdb::Iterator> at{
      (*seen)->NewIterator({}, family(*seen, history_family::chunks))};
  at->SeekToFirst();
  EXPECT_TRUE(at->Valid());
}

}  // namespace
}  // namespace stellwerk
