#include "tests/persistence/backup_stage.hpp"
#include "tests/persistence/backups_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

using backups_test = backups_stage;

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

TEST_F(backups_test, encrypts_with_its_key_and_counts_what_it_cannot_read) {
  auto key_of = [](std::uint8_t byte) {
    key_256 secret;
    secret.bytes.fill(byte);
    return std::make_shared<const backup_key>(secret);
  };
  backup_options options{.folder = {}, .keep = 2, .reserve_mib = 0};
  auto plain = made().id;
  stop();
  key = key_of(1);
  start(options);
  auto first = made();
  EXPECT_EQ(first.key_id, key->id());
  EXPECT_EQ(read(plain)->key_id, "");
  EXPECT_TRUE(ask<backup_view>(actor, verify_backup{by("admin"), first.id}));
  EXPECT_EQ(read(first.id)->status, backup_status::complete) << read(first.id)->problem;
  EXPECT_FALSE(ask<backup_view>(actor, verify_backup{by("admin"), plain}));
  EXPECT_EQ(read(plain)->status, backup_status::complete) << read(plain)->problem;
  stop();
  auto before = key->id();
  key = key_of(2);
  start(options);
  auto locked = *read(first.id);
  EXPECT_EQ(locked.status, backup_status::complete);
  EXPECT_EQ(locked.key_id, before);
  EXPECT_EQ(locked.note, "");
  EXPECT_NE(locked.problem, "");
  EXPECT_EQ(locked.created_at, first.created_at);
  auto refused = ask<backup_view>(actor, verify_backup{by("admin"), first.id});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::conflict));
  EXPECT_THAT(refusal_of(refused.error()).detail, testing::HasSubstr(before));
  EXPECT_EQ(read(first.id)->status, backup_status::complete);
  auto second = made().id, third = made().id;
  EXPECT_THAT(ids(), ElementsAre(third, second)) << "the locked one went by its age";
  EXPECT_THAT(keeper().ids(), ElementsAre(second, third));
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

}  // namespace
}  // namespace stellwerk
