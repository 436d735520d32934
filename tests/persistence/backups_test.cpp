#include "persistence/backups.hpp"

#include <gmock/gmock.h>

#include "actors/model/ids.hpp"
#include "persistence/sample_database.hpp"
#include "tests/persistence/backup_stage.hpp"
#include "tests/persistence/store_stage.hpp"

/// The actor of backups, beside a real store.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct backups_test : store_stage {
  void SetUp() override {
    backup_options options;
    options.daily_at = {};
    start(options);
  }
  void start(backup_options options) {
    store_db = open_store(folder.path());
    history_db = open_history(folder.path());
    store = spawn(rocksdb_store, store_db, store_options{}, tools);
    export_seal none;
    reader = own(store_reader_actor{sys.spawn(store_reader, store_db, none, store, tools)});
    backups_surroundings around{options, "main", folder.path(), history_db, store_db, store, tools};
    actor = own(backups_actor{sys.spawn(backups, std::move(around))});
    settle();
  }
  void stop() {
    end(actor);
    close();
    store_db.reset();
    history_db.reset();
  }
  void TearDown() override {
    actor = backups_actor{};
    store_stage::TearDown();
  }

  static context_ptr by(std::string_view role, std::string scope = "*", std::string key = {}) {
    call_context context;
    grants given{{permissions_of(role), std::move(scope)}};
    principal who{principal_kind::user, "7", "ada", std::move(given), {}, {}, 0};
    context.caller = std::make_shared<principal>(std::move(who));
    context.route = "createBackup";
    context.idempotency_key = std::move(key);
    return std::make_shared<const call_context>(context);
  }
  caf::expected<backup_view> create(context_ptr context = by("admin")) {
    return ask<backup_view>(actor, create_backup{std::move(context), "a note"});
  }
  caf::expected<backup_view> read(const std::string& id) {
    return ask<backup_view>(actor, read_backup{by("admin"), id});
  }
  backup_view made() {
    auto begun = create();
    EXPECT_TRUE(begun) << render(begun.error());
    advance(1s);  // so that ids differ in their time
    auto ended = begun ? read(begun->id) : std::move(begun);
    return ended ? *ended : backup_view{};
  }
  std::vector<std::string> ids() {
    std::vector<std::string> all;
    auto told = ask<backup_list>(actor, list_backups{by("admin")});
    EXPECT_TRUE(told);
    if (told)
      for (auto& one : told->items) all.push_back(one.id);
    return all;
  }
  std::vector<std::string> journaled() {
    std::vector<std::string> all;
    for (auto& one : journal())
      if (one.type.starts_with("backup.")) all.push_back(one.type);
    return all;
  }
  double ended(const char* outcome) {
    return tools.numbers->backups.Add({{"outcome", outcome}}).Value();
  }
  backup_folder keeper() const { return backup_folder{folder.path() / "backups"}; }

  database_ptr store_db, history_db;
  backups_actor actor;
};

TEST_F(backups_test, answers_once_begun_and_tells_when_it_is_whole) {
  put("key", "value");
  auto asked = begin<backup_view>(actor, create_backup{by("admin"), "a note"});
  settle();
  ASSERT_TRUE(**asked);
  EXPECT_EQ((*asked)->value().status, backup_status::running);
  auto whole = read((*asked)->value().id);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->status, backup_status::complete) << whole->problem;
  EXPECT_EQ(whole->note, "a note");
  EXPECT_EQ(whole->created_at, tools.now());
  EXPECT_EQ(whole->seq, 1u);  // that it was begun
  EXPECT_GT(whole->size_bytes, 0u);
  EXPECT_EQ(whole->sha256, keeper().read(whole->id)->sha256);
  EXPECT_EQ(whole->verified_at, tools.now());
  EXPECT_THAT(journaled(), ElementsAre("backup.started", "backup.completed"));
  EXPECT_EQ(journal().at(0).actor.principal, "user/7");
  EXPECT_EQ(ended("complete"), 1);
  EXPECT_EQ(
      tools.numbers->backup_newest.Value(),
      std::chrono::duration<double>(whole->created_at.time_since_epoch()).count()
  );
}

TEST_F(backups_test, makes_one_at_a_time) {
  auto first = begin<backup_view>(actor, create_backup{by("admin"), ""});
  auto second = begin<backup_view>(actor, create_backup{by("admin"), ""});
  settle(3);
  EXPECT_NE((*first)->engaged(), (*second)->engaged());
  auto& refused = (*first)->engaged() ? **second : **first;
  EXPECT_TRUE(is(refused.error(), errc::conflict));
  EXPECT_EQ(ids().size(), 1u);
}

TEST_F(backups_test, makes_one_for_a_request_that_is_repeated) {
  auto first = create(by("admin", "*", "key-1"));
  auto again = create(by("admin", "*", "key-1"));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->id, again->id);
  EXPECT_EQ(again->status, backup_status::complete);
  EXPECT_EQ(ids().size(), 1u);
  stop();
  std::filesystem::remove_all(folder.path() / "backups");
  start({});
  auto gone = create(by("admin", "*", "key-1"));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->status, backup_status::failed);
  EXPECT_THAT(ids(), IsEmpty());
}

TEST_F(backups_test, keeps_the_newest_and_knows_them_after_a_restart) {
  stop();
  start({.folder = {}, .keep = 2, .reserve_mib = 0});
  std::vector<std::string> all;
  for (int i = 0; i < 4; ++i) {
    put("key", std::to_string(i));
    all.push_back(made().id);
  }
  EXPECT_THAT(ids(), ElementsAre(all[3], all[2]));
  EXPECT_THAT(keeper().ids(), ElementsAre(all[2], all[3]));
  EXPECT_EQ(std::ranges::count(journaled(), "backup.deleted"), 2);
  auto before = *read(all[3]);
  stop();
  start({});
  EXPECT_THAT(ids(), ElementsAre(all[3], all[2]));
  EXPECT_EQ(read(all[3])->sha256, before.sha256);
  EXPECT_EQ(read(all[3])->size_bytes, before.size_bytes);
}

TEST_F(backups_test, tells_of_one_that_failed_and_goes_on) {
  stop();
  start({.folder = {}, .keep = 2, .reserve_mib = 1'048'576});  // a TiB to stay free
  auto failed = made();
  EXPECT_EQ(failed.status, backup_status::failed);
  EXPECT_EQ(failed.problem, row_of(errc::storage_full).title);
  EXPECT_THAT(journaled(), ElementsAre("backup.started", "backup.failed"));
  EXPECT_EQ(ended("failed"), 1);
  EXPECT_THAT(keeper().ids(), IsEmpty());
  EXPECT_EQ(tools.numbers->backup_newest.Value(), 0);
  put("still", "taken");
  auto verifying = ask<backup_view>(actor, verify_backup{by("admin"), failed.id});
  ASSERT_FALSE(verifying);
  EXPECT_TRUE(is(verifying.error(), errc::conflict));
  for (int i = 0; i < 25; ++i) made();
  EXPECT_EQ(ids().size(), backups_state::failed_max);
}

TEST_F(backups_test, reads_one_back_and_tells_what_is_damaged) {
  put("key", "value");
  auto id = made().id;
  auto begun = ask<backup_view>(actor, verify_backup{by("admin"), id});
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->status, backup_status::verifying);
  EXPECT_EQ(read(id)->status, backup_status::complete);
  EXPECT_EQ(read(id)->verified_at, tools.now());
  auto log = keeper().read(id)->content.files.back();
  flip(keeper().file(log.sha256), log.size / 2);
  EXPECT_TRUE(ask<backup_view>(actor, verify_backup{by("admin"), id}));
  settle();
  EXPECT_EQ(read(id)->status, backup_status::damaged);
  EXPECT_EQ(read(id)->problem, log.path + " is not as it was written");
  EXPECT_EQ(tools.numbers->backup_newest.Value(), 0);
  flip(keeper().path() / (id + ".manifest"), 3);
  EXPECT_TRUE(ask<backup_view>(actor, verify_backup{by("admin"), id}));
  EXPECT_EQ(read(id)->status, backup_status::damaged);
  auto told = journaled();
  told.erase(told.begin(), told.begin() + 2);
  EXPECT_THAT(told, ElementsAre("backup.verified", "backup.damaged", "backup.damaged"));
  EXPECT_EQ(ended("damaged"), 2);
}

TEST_F(backups_test, removes_one_for_good) {
  auto id = made().id;
  EXPECT_TRUE(ask<void>(actor, remove_backup{by("admin"), id}));
  EXPECT_THAT(ids(), IsEmpty());
  EXPECT_THAT(keeper().ids(), IsEmpty());
  auto again = ask<void>(actor, remove_backup{by("admin"), id});
  ASSERT_FALSE(again);
  EXPECT_TRUE(is(again.error(), errc::not_found));
  EXPECT_EQ(journaled().back(), "backup.deleted");
}

TEST_F(backups_test, serves_those_alone_who_may_for_the_whole_site) {
  auto id = made().id;
  for (auto& who : {by("operator"), by("admin", "device:1"), by("admin", "site:other")}) {
    std::vector<caf::error> all{
        create(who).error(), ask<backup_list>(actor, list_backups{who}).error(),
        ask<backup_view>(actor, read_backup{who, id}).error(),
        ask<backup_view>(actor, verify_backup{who, id}).error(),
        ask<void>(actor, remove_backup{who, id}).error()};
    for (auto& why : all) EXPECT_TRUE(is(why, errc::forbidden));
  }
  EXPECT_TRUE(create(by("admin", "site:main")));
}

TEST_F(backups_test, does_nothing_that_cannot_be_journaled) {
  auto id = made().id;
  end(store);
  EXPECT_FALSE(create());
  EXPECT_FALSE(ask<void>(actor, remove_backup{by("admin"), id}));
  EXPECT_THAT(keeper().ids(), ElementsAre(id));
  EXPECT_THAT(ids(), ElementsAre(id));
}

TEST_F(backups_test, makes_one_a_day_by_itself) {
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

TEST_F(backups_test, keeps_its_daily_time_whatever_the_clock_does) {
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

TEST_F(backups_test, makes_none_by_itself_without_a_time) {
  stop();
  backup_options options;
  options.daily_at = {};
  start(options);
  advance(49h);
  EXPECT_THAT(ids(), IsEmpty());
}

}  // namespace
}  // namespace stellwerk
