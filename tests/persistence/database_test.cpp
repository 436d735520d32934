#include "persistence/database.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <rocksdb/db.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

#include "persistence/store_database.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;
namespace fs = std::filesystem;

const database_layout first{"things", 1, {"a"}};

struct database_test : testing::Test {
  void make(const database_layout& layout, std::string_view value = {}) {
    database db{folder.path(), layout, database_use::write};
    if (value.empty()) return;
    ASSERT_TRUE(db->Put({}, "key", rocksdb::Slice{value.data(), value.size()}).ok());
  }
  auto opening(const database_layout& layout, database_use use = database_use::write) {
    return [this, &layout, use] { database(folder.path(), layout, use); };
  }
  temporary_folder folder;
};

TEST_F(database_test, keeps_its_folder_from_other_users) {
  make(first);
  auto mode = fs::status(folder.path() / "things").permissions();
  EXPECT_EQ(mode & fs::perms::all, fs::perms::owner_all);
}

TEST_F(database_test, refuses_another_format_and_says_which) {
  make(first);
  const database_layout second{"things", 2, {"a"}};
  EXPECT_THAT(
      opening(second),
      ThrowsMessage<storage_error>(AllOf(HasSubstr("'things 1'"), HasSubstr("'things 2'")))
  );
}

TEST_F(database_test, refuses_a_folder_with_more_in_it_than_it_knows) {
  make({"things", 1, {"a", "later"}});
  EXPECT_THAT(opening(first), ThrowsMessage<storage_error>(HasSubstr("'later'")));
}

TEST_F(database_test, refuses_a_rocksdb_that_is_not_ours) {
  rocksdb::DB* foreign = nullptr;
  rocksdb::Options options;
  options.create_if_missing = true;
  ASSERT_TRUE(rocksdb::DB::Open(options, (folder.path() / "things").string(), &foreign).ok());
  ASSERT_TRUE(foreign->Put({}, "key", "value").ok());
  delete foreign;
  EXPECT_THAT(opening(first), ThrowsMessage<storage_error>(HasSubstr("unknown")));
}

TEST_F(database_test, refuses_a_second_writer) {
  database owner{folder.path(), first, database_use::write};
  EXPECT_THAT(opening(first), ThrowsMessage<storage_error>(HasSubstr("in use")));
}

TEST_F(database_test, lets_others_observe_beside_the_writer_and_leaves_nothing_behind) {
  database owner{folder.path(), first, database_use::write};
  rocksdb::WriteOptions synced;
  synced.sync = true;
  ASSERT_TRUE(owner->Put(synced, "key", "value").ok());
  temporary_folder scratch;
  setenv("TMPDIR", scratch.path().c_str(), 1);
  {
    database seen{folder.path(), first, database_use::observe};
    std::string value;
    EXPECT_TRUE(seen->Get({}, "key", &value).ok());
    EXPECT_EQ(value, "value");
    EXPECT_FALSE(seen->Put({}, "key", "changed").ok());
    EXPECT_FALSE(fs::is_empty(scratch.path()));
  }
  unsetenv("TMPDIR");
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST_F(database_test, makes_nothing_for_an_observer) {
  EXPECT_THAT(
      opening(first, database_use::observe),
      ThrowsMessage<storage_error>(HasSubstr("there is no database"))
  );
  EXPECT_FALSE(fs::exists(folder.path() / "things"));
}

TEST_F(database_test, refuses_a_log_that_is_damaged_before_its_end) {
  make(first);
  std::string log;
  {
    database db{folder.path(), first, database_use::write};
    for (int i = 0; i < 100; ++i) {
      rocksdb::WriteBatch batch;
      batch.Put(std::to_string(i), std::string(1000, 'v'));
      ASSERT_TRUE(db.write_synced(batch).ok());
    }
    for (auto& file : fs::directory_iterator{folder.path() / "things"})
      if (file.path().extension() == ".log" && file.file_size() > 50'000) log = file.path();
    fs::create_directories(folder.path() / "copy");
    fs::copy(
        folder.path() / "things", folder.path() / "copy" / "things", fs::copy_options::recursive
    );
  }
  ASSERT_FALSE(log.empty());
  auto copied = folder.path() / "copy" / "things" / fs::path{log}.filename();
  std::fstream{copied}.seekp(40'000).put('!');
  EXPECT_THAT(
      [&] { database(folder.path() / "copy", first, database_use::write); },
      ThrowsMessage<storage_error>(HasSubstr("damaged"))
  );
}

TEST_F(database_test, calls_no_log_damaged_that_another_process_is_writing) {
  make(first);
  auto things = folder.path() / "things";
  // As a reader finds it who was overtaken: a promise about what it has not read.
  std::string later("synced up to \0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0", 29);
  for (auto& file : fs::directory_iterator{things})
    if (file.path().extension() == ".log")
      std::ofstream{file.path(), std::ios::binary | std::ios::app} << later;
  auto expect_refused = [&](const char* why) {
    EXPECT_THAT(
        [&] { database(folder.path(), first, database_use::write); },
        ThrowsMessage<storage_error>(HasSubstr(why))
    );
  };
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  auto holder = ::fork();
  if (holder == 0) {
    struct flock all {};
    all.l_type = F_WRLCK;
    auto locked = ::fcntl(::open((things / "LOCK").c_str(), O_RDWR), F_SETLK, &all) == 0;
    auto told = ::write(ends[1], locked ? "y" : "n", 1) == 1;
    while (told) ::pause();
    ::_exit(1);
  }
  char told = 0;
  EXPECT_EQ(::read(ends[0], &told, 1), 1);
  EXPECT_EQ(told, 'y');
  expect_refused("in use");
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  for (auto end : ends) ::close(end);
  expect_refused("damaged");
}

TEST_F(database_test, takes_no_stored_text_for_a_promise) {
  {
    database db{folder.path(), first, database_use::write};
    rocksdb::WriteBatch batch;
    // Mark, number and complement, as valid UTF-8.
    batch.Put("name", "synced up to \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9<V<V<V<V");
    ASSERT_TRUE(db.write_synced(batch).ok());
  }
  for (auto& file : fs::directory_iterator{folder.path() / "things"})
    if (file.path().extension() == ".log" && file.file_size() > 60)
      fs::resize_file(file.path(), file.file_size() - 3);
  database db{folder.path(), first, database_use::write};
  std::string none;
  EXPECT_TRUE(db->Get({}, "name", &none).IsNotFound()) << "the tail was torn";
}

TEST_F(database_test, tells_a_store_that_lost_its_end_by_its_watermark) {
  {
    auto db = open_store(folder.path());
    mark_of(*db).write(1);
  }
  EXPECT_THAT(
      [&] { open_store(folder.path()); }, ThrowsMessage<storage_error>(HasSubstr("revision 0"))
  );
}

TEST_F(database_test, ignores_half_a_watermark) {
  auto file = folder.path() / "mark";
  EXPECT_EQ(watermark{file}.read(), std::nullopt);
  watermark mark{file};
  mark.write(7);
  mark.write(1'000'000);
  EXPECT_EQ(watermark{file}.read(), 1'000'000u);
  std::fstream{file}.seekp(3).put('!');
  EXPECT_EQ(watermark{file}.read(), std::nullopt);
  fs::resize_file(file, 9);
  EXPECT_EQ(watermark{file}.read(), std::nullopt);
}

}  // namespace
}  // namespace stellwerk
