#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include "persistence/big_endian.hpp"
#include "persistence/journal_check.hpp"
#include "persistence/journal_pages.hpp"
#include "persistence/store_writer.hpp"
#include "tests/persistence/journal_stage.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct store_migration_test : testing::Test {
  void fill() {
    store_writer writer{open_store(folder.path()), "main", {}};
    for (int i = 0; i < 500; ++i) {
      auto number = std::to_string(i % 50);
      event one{
          event_type::device_updated, "device/" + number, {"user/1", "ada", ""}, number, "", {}};
      if (i % 7 == 0) one.cause = "command/" + number;
      ASSERT_TRUE(writer.add({{}, {}, {one}, {}}, journal_start + i * 1s - (i % 100) * 2s));
    }
    ASSERT_TRUE(writer.write());
  }
  void set_format(const char* words) {
    auto db = open_store(folder.path());
    ASSERT_TRUE((*db)->Put({}, family(*db, store_family::meta), "format", words).ok());
  }
  /// As a program of version 1 leaves it: without the family.
  void make_version_1() {
    auto db = open_store(folder.path());
    ASSERT_TRUE((*db)->Put({}, family(*db, store_family::meta), "format", "store 1").ok());
    ASSERT_TRUE((*db)->DropColumnFamily(family(*db, store_family::journal_index)).ok());
  }
  std::string format() {
    auto db = open_store(folder.path());
    std::string found;
    EXPECT_TRUE((*db)->Get({}, family(*db, store_family::meta), "format", &found).ok());
    return found;
  }
  std::vector<std::string> rows() { return index_rows(*open_store(folder.path())); }
  temporary_folder folder;
};

TEST_F(store_migration_test, gives_its_index_to_a_store_of_version_1) {
  fill();
  auto before = rows();
  EXPECT_GT(before.size(), 2'500u);
  make_version_1();
  EXPECT_EQ(rows(), before);
  EXPECT_EQ(format(), "store 2");
}

TEST_F(store_migration_test, begins_anew_where_one_was_cut_short) {
  fill();
  auto before = rows();
  {
    auto db = open_store(folder.path());
    auto* index = family(*db, store_family::journal_index);
    ASSERT_TRUE((*db)->Put({}, index, "s" + std::string("stray\0", 6) + before[0], {}).ok());
    ASSERT_TRUE((*db)->Delete({}, index, before[9]).ok());
  }
  EXPECT_NE(rows(), before);
  set_format("store 1");
  EXPECT_EQ(rows(), before);
}

TEST_F(store_migration_test, is_durable_before_the_format_says_that_it_is_done) {
  fill();
  make_version_1();
  auto copy = folder.path() / "copy";
  std::filesystem::create_directories(copy);
  {
    auto db = open_store(folder.path());  // and no orderly end of it
    std::filesystem::copy(
        folder.path() / "store", copy / "store", std::filesystem::copy_options::recursive
    );
  }
  auto before = rows();
  std::filesystem::remove_all(folder.path() / "store");
  std::filesystem::rename(copy / "store", folder.path() / "store");
  EXPECT_EQ(format(), "store 2");
  EXPECT_EQ(rows(), before);
}

TEST_F(store_migration_test, goes_on_where_the_journal_was_set_back_before_it) {
  fill();
  make_version_1();
  {
    store_writer writer{open_store(folder.path()), "main", {}};
    event one{event_type::device_updated, "device/1", {}, "", "", {}};
    ASSERT_TRUE(writer.add({{}, {}, {one}, {}}, journal_start));
    ASSERT_TRUE(writer.write());
  }
  auto all = rows();
  EXPECT_EQ(all.back(), index_prefix(index_kind::set_back, {}) + to_big_endian(std::uint64_t{501}));
}

TEST_F(store_migration_test, passes_over_an_entry_that_cannot_be_read) {
  fill();
  {
    auto db = open_store(folder.path());
    auto* entries = family(*db, store_family::journal);
    auto key = to_big_endian(std::uint64_t{3});
    ASSERT_TRUE((*db)->Put({}, entries, key, "short").ok());
  }
  make_version_1();
  EXPECT_GT(rows().size(), 2'000u);
  EXPECT_EQ(verify_journal(folder.path(), journal_start).first_wrong_seq, 3u);
}

TEST_F(store_migration_test, leaves_an_old_store_readable_for_observers_as_it_is) {
  fill();
  make_version_1();
  auto verdict = verify_journal(folder.path(), journal_start);
  EXPECT_TRUE(verdict.ok);
  EXPECT_EQ(verdict.entries, 500u);
}

TEST_F(store_migration_test, refuses_a_later_version_and_no_version) {
  for (auto* words : {"store 3", "store 0", "store", "history 2"}) {
    fill();
    set_format(words);
    EXPECT_THAT([&] { open_store(folder.path()); }, ThrowsMessage<storage_error>(HasSubstr(words)));
    std::filesystem::remove_all(folder.path() / "store");
  }
}

}  // namespace
}  // namespace stellwerk
