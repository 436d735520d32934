#include <rocksdb/db.h>

#include "persistence/backup_restore.hpp"
#include "tests/persistence/backups_stage.hpp"

/// What the actor of backups does by itself: by the clock, and after a restart.
namespace stellwerk {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct backups_restart_test : backups_stage {
  static auto open_rows() { return scan{open_backups.prefix(), {}}; }
};

TEST_F(backups_restart_test, journals_the_end_of_one_that_was_cut_short) {
  auto row = open_backups.put("cut-short", {"cut-short"});
  put(row.key, *row.value);
  stop();
  start({});
  EXPECT_THAT(journaled(), ElementsAre("backup.failed"));
  EXPECT_EQ(journal().back().subject, "backup/cut-short");
  EXPECT_EQ(ended("failed"), 1);
  EXPECT_THAT(keys(open_rows()), IsEmpty());
  stop();
  start({});
  EXPECT_THAT(journaled(), ElementsAre("backup.failed")) << "once";
}

/// Itself is being made, as far as it knows; a node restored from it does not take that for a
/// backup cut short.
TEST_F(backups_restart_test, is_open_in_itself_and_ended_by_a_restore) {
  auto is_open_in = [](const fs::path& data, const std::string& id) {
    std::string row;
    auto db = open_store(data);
    return (*db)->Get({}, family(*db, store_family::documents), open_backups.key(id), &row).ok();
  };
  auto id = made().id;
  EXPECT_THAT(keys(open_rows()), IsEmpty());
  auto copy = folder.path() / "copy";
  auto backup = *keeper().read(id);
  for (auto& one : backup.content.files) {
    fs::create_directories((copy / one.path).parent_path());
    fs::copy(keeper().file(one.sha256), copy / one.path);
  }
  EXPECT_TRUE(is_open_in(copy, id));
  ASSERT_TRUE(restore_backup({keeper().path(), id, folder.path() / "restored"}, tools.now()));
  EXPECT_FALSE(is_open_in(folder.path() / "restored", id));
}

TEST_F(backups_restart_test, knows_one_that_was_whole_but_not_journaled_as_complete) {
  auto whole = made();
  auto row = open_backups.put(whole.id, {whole.id});
  put(row.key, *row.value);
  stop();
  start({});
  EXPECT_THAT(journaled(), ElementsAre("backup.started", "backup.completed", "backup.completed"));
  EXPECT_THAT(keys(open_rows()), IsEmpty());
}

TEST_F(backups_restart_test, makes_one_a_day_by_itself) {
  stop();
  *wall = wall_time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};
  backup_options options;
  options.daily_at = {std::chrono::hours{2}};
  start(options);
  auto at_two = next_after(*wall, options.daily_at);
  advance(at_two - *wall - 1min);
  EXPECT_THAT(ids(), IsEmpty());
  advance(3min);
  ASSERT_EQ(ids().size(), 1u);
  EXPECT_EQ(read(ids()[0])->note, "daily");
  EXPECT_EQ(read(ids()[0])->status, backup_status::complete);
  EXPECT_THAT(journaled(), ElementsAre("backup.started", "backup.completed"));
  advance(23h);
  EXPECT_EQ(ids().size(), 1u);
  advance(1h);
  EXPECT_EQ(ids().size(), 2u);
}

TEST_F(backups_restart_test, keeps_its_daily_time_whatever_the_clock_does) {
  stop();
  backup_options options;
  options.daily_at = {std::chrono::hours{2}};
  start(options);
  *wall += std::chrono::days{400};
  advance(2min);
  auto made = ids().size();
  EXPECT_LE(made, 1u);
  *wall -= std::chrono::days{400};
  advance(25h);
  EXPECT_EQ(ids().size(), made + 1);
}

TEST_F(backups_restart_test, makes_none_by_itself_without_a_time) {
  stop();
  backup_options options;
  options.daily_at = {};
  start(options);
  advance(49h);
  EXPECT_THAT(ids(), IsEmpty());
}

}  // namespace
}  // namespace stellwerk
