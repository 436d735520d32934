#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "actors/model/ids.hpp"
#include "persistence/backups.hpp"
#include "persistence/sample_database.hpp"
#include "tests/persistence/store_stage.hpp"

namespace stellwerk {

/// The actor of backups, beside a real store.
class backups_stage : public store_stage {
 protected:
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
    backups_surroundings around{options, "main", folder.path(), history_db, store_db,
                                store,   tools,  "# none",      key};
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
    advance(std::chrono::seconds{1});  // so that ids differ in their time
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
  backup_key_ptr key;  // from the next start on
};

}  // namespace stellwerk
