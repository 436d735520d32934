#include <gmock/gmock.h>
#include <rocksdb/db.h>
#include <sys/resource.h>

#include <csignal>
#include <random>

#include "tests/persistence/backup_stage.hpp"

/// Making a backup of databases that are written to meanwhile.
namespace stellwerk {
namespace {

namespace fs = std::filesystem;

struct backup_test : backup_stage {
  void expect_all_of(const things& before) {
    auto after = found();
    for (auto& [key, value] : before.documents) EXPECT_EQ(after.documents[key], value) << key;
    for (auto& [series, number] : before.samples) EXPECT_GE(after.samples[series], number);
    EXPECT_GT(after.seq, before.seq);  // the restore is journaled, too
  }
  void flush(const database_ptr& db) {
    for (std::size_t family = 0; family < 4; ++family)
      EXPECT_TRUE((*db)->Flush({}, db->family(family)).ok());
  }
};

TEST_F(backup_test, brings_back_what_was_acknowledged_and_nothing_of_later) {
  for (int i = 0; i < 20; ++i) put("key-" + std::to_string(i), std::string(1000, 'v'));
  measure(7, 70);
  auto before = acknowledged;
  auto made_one = made();
  EXPECT_EQ(made_one.seq, before.seq);
  EXPECT_EQ(made_one.note, "a note");
  put("later", "not in it");
  measure(7, 71);
  auto report = restored(made_one.id);
  ASSERT_TRUE(report) << render(report.error());
  EXPECT_EQ(report->entries, before.seq + 1);
  EXPECT_EQ(report->bytes, size_of(made_one));
  expect_all_of(before);
  auto after = found();
  EXPECT_FALSE(after.documents.contains("later"));
  EXPECT_EQ(after.samples[7], 70);
}

/// Whatever is written between its steps: all of before is in it, and no sample of a series that
/// the store does not name. With the store taken first the last expectation fails.
struct backup_load_test : backup_test, testing::WithParamInterface<unsigned> {};

TEST_P(backup_load_test, is_consistent_under_load) {
  std::mt19937 draw{GetParam()};
  std::uint32_t series = 0;
  for (int i = 0; i < 10; ++i) measure(++series, 1);
  if (GetParam() % 2 == 0) flush(store_db);
  auto before = acknowledged;
  auto write_some = [&] {
    if (draw() % 4 != 0) return;
    measure(++series, 1);
    if (draw() % 4 == 0) measure(1 + static_cast<std::uint32_t>(draw()) % series, 1'000 + series);
    if (draw() % 16 == 0) flush(draw() % 2 == 0 ? store_db : history_db);
  };
  auto one = make(wish(), write_some);
  ASSERT_TRUE(one) << render(one.error());
  ASSERT_GT(series, 15u);
  ASSERT_TRUE(restored(one->content.id));
  expect_all_of(before);
  auto after = found();
  EXPECT_LT(after.documents.size(), acknowledged.documents.size());
  for (auto& [number, value] : after.samples)
    EXPECT_TRUE(after.documents.contains("series-" + std::to_string(number))) << number;
}
INSTANTIATE_TEST_SUITE_P(seeds, backup_load_test, testing::Range(0u, 4u));

TEST_F(backup_test, writes_what_an_earlier_one_holds_no_second_time) {
  std::mt19937 draw{1};
  for (int i = 0; i < 200; ++i) {
    std::string noise(1000, ' ');
    for (auto& letter : noise) letter = static_cast<char>('a' + draw() % 26);
    put("key-" + std::to_string(i), noise);
  }
  flush(store_db);
  auto first = made();
  EXPECT_GT(first.written_bytes, size_of(first) * 9 / 10);  // two small ones may be alike
  put("one", "more");
  auto second = made();
  EXPECT_LT(second.written_bytes, first.written_bytes / 10);
  EXPECT_GT(size_of(second), first.written_bytes * 9 / 10);
  ASSERT_TRUE(restored(second.id));
  expect_all_of(acknowledged);
}

TEST_F(backup_test, replaces_a_shared_file_that_was_damaged_since) {
  put("key", std::string(10'000, 'v'));
  flush(store_db);
  auto first = made();
  for (auto& one : first.files)
    if (one.path.ends_with(".sst")) flip(pool_file(one), one.size / 2);
  EXPECT_TRUE(is(checked(first.id), errc::invalid));
  auto second = made();
  EXPECT_FALSE(checked(second.id));
  EXPECT_FALSE(checked(first.id)) << "it shares them";
}

TEST_F(backup_test, is_readable_by_its_owner_alone) {
  put("key", "value");
  auto others = fs::perms::group_all | fs::perms::others_all;
  made();
  EXPECT_EQ(fs::status(backups).permissions(), fs::perms::owner_all);
  for (auto& one : fs::recursive_directory_iterator{backups})
    EXPECT_EQ(one.status().permissions() & others, fs::perms::none) << one.path();
  fs::permissions(backups, fs::perms::owner_all | fs::perms::others_read);
  auto open_to_all = make(wish());
  ASSERT_FALSE(open_to_all);
  EXPECT_TRUE(is(open_to_all.error(), errc::internal));
}

TEST_F(backup_test, fails_for_want_of_room_and_leaves_nothing_behind) {
  put("key", std::string(100'000, 'v'));
  auto first = made();
  auto files = pool_size();
  put("key", std::string(100'000, 'w'));
  auto no_room = make(wish(UINT64_MAX / 2));
  ASSERT_FALSE(no_room);
  EXPECT_TRUE(is(no_room.error(), errc::storage_full));
  // A disk that fills up while a file grows, as the process sees it.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  getrlimit(RLIMIT_FSIZE, &usual);
  rlimit tight{50'000, usual.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  auto filled_up = make(wish());
  setrlimit(RLIMIT_FSIZE, &usual);
  ASSERT_FALSE(filled_up);
  EXPECT_TRUE(is(filled_up.error(), errc::storage_full)) << render(filled_up.error());
  EXPECT_EQ(keeper.ids(), std::vector{first.id});
  EXPECT_EQ(pool_size(), files);
  EXPECT_FALSE(checked(first.id));
  put("still", "taken");  // the store knows nothing of it
  EXPECT_TRUE(make(wish()));
}

TEST_F(backup_test, clears_away_what_one_that_was_cut_short_left) {
  put("key", "value");
  {
    backup_job job{backups, wish()};
    for (int steps = 0; steps < 20; ++steps) ASSERT_TRUE(*job.step());
    EXPECT_TRUE(keeper.ids().empty());
    auto second = make(wish());
    ASSERT_FALSE(second);
    EXPECT_TRUE(is(second.error(), errc::conflict)) << "one at a time";
  }
  std::ofstream{keeper.incoming()} << "half a file";
  std::ofstream{keeper.file(std::string(64, 'a'))} << "of no backup";
  auto whole = made();
  EXPECT_FALSE(fs::exists(keeper.incoming()));
  EXPECT_FALSE(fs::exists(keeper.file(std::string(64, 'a'))));
  EXPECT_EQ(keeper.ids(), std::vector{whole.id});
}

TEST_F(backup_test, removes_with_a_backup_what_no_other_one_needs) {
  put("key", std::string(10'000, 'v'));
  flush(store_db);
  auto first = made();
  auto files = pool_size();
  put("key", "other");
  auto second = made();
  auto lock = keeper.lock();
  ASSERT_TRUE(lock);
  EXPECT_FALSE(keeper.remove(second.id));
  EXPECT_EQ(pool_size(), files);
  EXPECT_FALSE(checked(first.id));
  // As long as a manifest cannot be read, nobody knows what it names.
  flip(backups / (first.id + ".manifest"), 100);
  keeper.remove_strays();
  EXPECT_EQ(pool_size(), files);
  EXPECT_FALSE(keeper.remove(first.id));
  EXPECT_EQ(pool_size(), 0u);
}

TEST_F(backup_test, does_not_take_a_database_that_is_damaged) {
  put("key", std::string(10'000, 'v'));
  flush(store_db);
  fs::path documents;  // the first family that was flushed
  for (auto& one : fs::directory_iterator{data / "store"})
    if (one.path().extension() == ".sst" && (documents.empty() || one.path() < documents))
      documents = one.path();
  ASSERT_FALSE(documents.empty());
  flip(documents, 40);
  auto refused = make(wish());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::invalid)) << render(refused.error());
  EXPECT_TRUE(keeper.ids().empty());
}

}  // namespace
}  // namespace stellwerk
