#include <gmock/gmock.h>

#include "persistence/rocksdb_store.hpp"
#include "persistence/store_database.hpp"
#include "persistence/store_reader.hpp"
#include "tests/actors/field/field_site.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using testing::ElementsAre;

/// The same on the real store, closed and opened again.
class devices_store_test : public field_site {
 protected:
  void SetUp() override { open(); }
  void open() {
    auto db = open_store(folder.path());
    store = spawn(rocksdb_store, db, store_options{}, tools);
    reader = spawn(store_reader, db, export_seal{}, store, tools);
    start();
  }
  void reopen() {
    crash();
    caf::anon_send_exit(store, caf::exit_reason::kill);
    caf::anon_send_exit(reader, caf::exit_reason::kill);
    settle();
    store = store_actor{};
    reader = store_reader_actor{};
    line().served.clear();
    line().writes.clear();
    open();
  }
  temporary_folder folder;
};

TEST_F(devices_store_test, everything_is_there_again_and_the_open_command_is_decided) {
  auto made = create(tank, as("admin", "*", "key-1"));
  ASSERT_TRUE(made) << render(made.error());
  EXPECT_EQ(create(R"({"name":"TANK-1","driver":"fake"})").error(), refuse(errc::name_taken));
  report(link_state::online);
  auto verified = command("pump", true)->id;
  line().answers = false;
  advance(std::chrono::milliseconds{1});
  auto open_one = command("setpoint", 45.0)->id;

  reopen();
  EXPECT_EQ(read("tank-1")->revision, made->revision);
  EXPECT_EQ(create(tank, as("admin", "*", "key-1"))->id, made->id);
  EXPECT_EQ(look(verified)->status, command_status::done);
  report(link_state::online);
  ASSERT_EQ(line().writes.size(), 1u);
  EXPECT_TRUE(line().writes[0].only_read);
  tell_outcome({open_one, made->id, false, "", "", value{45.0}});
  EXPECT_EQ(look(open_one)->status, command_status::verified);
  list_commands wanted;
  wanted.context = as("viewer");
  wanted.device = "tank-1";
  auto page = ask<command_page>(devices, wanted);
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].id, open_one);
}

}  // namespace
}  // namespace stellwerk
