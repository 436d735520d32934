#include "actors/access/accounts.hpp"

#include <sys/stat.h>

#include "tests/actors/access/accounts_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct accounts_test : accounts_stage {
  void SetUp() override { open(); }
};

TEST_F(accounts_test, makes_the_first_administrator_with_the_token_of_the_file_once) {
  struct stat file {};
  ASSERT_EQ(::stat(options.setup_file.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777u, 0600u);
  auto token = setup_token_text();
  EXPECT_EQ(token.size(), 43u);
  EXPECT_TRUE(ask<await_accounts>(aut, await_accounts{})->setup_required);
  EXPECT_FALSE(around.access->administrator);

  auto got = set_up(token);
  ASSERT_TRUE(got) << render(got.error());
  EXPECT_TRUE(lets_in(*got));
  EXPECT_TRUE(
      allowed(door->check(got->access_token).context->caller->given, permission::user_create)
  );
  EXPECT_TRUE(around.access->administrator);
  EXPECT_FALSE(ask<await_accounts>(aut, await_accounts{})->setup_required);
  EXPECT_FALSE(std::filesystem::exists(options.setup_file));
  EXPECT_EQ(journaled(event_type::auth_setup_completed), 1u);
  EXPECT_EQ(code_of(set_up(token)), errc::unauthenticated);
}

TEST_F(accounts_test, takes_no_other_setup_token_and_none_after_a_day) {
  auto token = setup_token_text();
  EXPECT_EQ(code_of(set_up("x" + token)), errc::unauthenticated);
  EXPECT_EQ(code_of(set_up(std::string(43, 'A'))), errc::unauthenticated);
  *wall += 24h;
  EXPECT_EQ(code_of(set_up(token)), errc::unauthenticated);
  EXPECT_TRUE(disk->rows.empty());
}

TEST_F(accounts_test, keeps_the_setup_token_when_the_password_breaks_the_rule) {
  auto got = set_up(setup_token_text(), "password1");
  ASSERT_EQ(code_of(got), errc::invalid);
  EXPECT_EQ(refusal_of(got.error()).errors.at(0).code, "too_common");
  EXPECT_TRUE(set_up(setup_token_text()));
}

TEST_F(accounts_test, makes_one_administrator_of_two_who_come_at_once) {
  auto token = setup_token_text();
  complete_setup first{from("127.0.0.1"), token, "ada", good_password, ""};
  complete_setup second{from("127.0.0.1"), token, "bob", good_password, ""};
  auto one = begin<token_pair>(aut, first);
  auto two = begin<token_pair>(aut, second);
  settle();
  ASSERT_TRUE(*one && *two);
  EXPECT_NE(bool(**one), bool(**two));
  EXPECT_EQ(around.access->administrator, true);
  EXPECT_EQ(journaled(event_type::auth_setup_completed), 1u);
}

TEST_F(accounts_test, makes_a_new_setup_token_at_each_start_until_there_is_an_administrator) {
  auto before = setup_token_text();
  stop();
  start();
  EXPECT_NE(setup_token_text(), before);
  EXPECT_EQ(code_of(set_up(before)), errc::unauthenticated);
  set_up();
  stop();
  start();
  EXPECT_FALSE(std::filesystem::exists(options.setup_file));
  EXPECT_TRUE(around.access->administrator);
}

TEST_F(accounts_test, logs_in_by_name_or_email_in_any_case_also_after_a_restart) {
  set_up();
  stop();
  start();
  EXPECT_TRUE(enter("ada", good_password));
  EXPECT_TRUE(enter("ADA", good_password));
  log_in by_mail{from("10.0.0.1"), "", "Ada@Example.com", good_password};
  auto got = ask<token_pair>(aut, by_mail);
  ASSERT_TRUE(got);
  EXPECT_TRUE(lets_in(*got));
  EXPECT_EQ(got->token_type, "bearer");
  EXPECT_EQ(got->expires_in, 1800u);
  auto& last = disk->events.back();
  EXPECT_EQ(last.type, event_type::auth_login_succeeded);
  EXPECT_EQ(last.subject, last.actor.principal);
  EXPECT_EQ(last.actor.name, "ada");
  EXPECT_EQ(last.actor.address, "10.0.0.1");
}

TEST_F(accounts_test, answers_every_wrong_log_in_alike_and_journals_it) {
  set_up();
  auto wrong = enter("ada", "wrong");
  auto unknown = enter("bob", good_password);
  ASSERT_EQ(code_of(wrong), errc::unauthenticated);
  ASSERT_EQ(code_of(unknown), errc::unauthenticated);
  EXPECT_EQ(render(wrong.error()), render(unknown.error()));
  EXPECT_EQ(journaled(event_type::auth_login_failed), 2u);
  EXPECT_EQ(disk->events.back().subject, "address/10.0.0.1");
  EXPECT_EQ(disk->events.back().data.text, R"({"reason":"unknown_name"})");
  EXPECT_EQ(code_of(enter("", good_password)), errc::invalid);
}

TEST_F(accounts_test, tells_a_disabled_user_so_only_after_the_right_password) {
  set_up();
  auto key = user_records.prefix();
  for (auto& [name, row] : disk->rows)
    if (name.starts_with(key)) {
      auto at = row.value.find(R"("enabled":true)");
      ASSERT_NE(at, row.value.npos);
      row.value.replace(at, 14, R"("enabled":false)");
    }
  stop();
  start();
  EXPECT_EQ(code_of(enter("ada", "wrong")), errc::unauthenticated);
  EXPECT_EQ(code_of(enter("ada", good_password)), errc::forbidden);
}

TEST_F(accounts_test, delays_the_sixth_try_after_five_failures_and_clears_with_a_success) {
  set_up();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(code_of(enter("ada", "wrong")), errc::unauthenticated);
  auto delayed = enter("ada", good_password);
  ASSERT_EQ(code_of(delayed), errc::over_limit);
  EXPECT_EQ(refusal_of(delayed.error()).retry_after_s, 1u);
  EXPECT_EQ(code_of(enter("ADA", good_password)), errc::over_limit);
  advance(1s);
  EXPECT_TRUE(enter("ada", good_password));
  EXPECT_TRUE(enter("ada", good_password));
}

TEST_F(accounts_test, hashes_anew_what_was_hashed_at_a_lower_cost) {
  set_up();
  stop();
  options.hash_cost = 5;
  start();
  EXPECT_TRUE(enter("ada", good_password));
  std::size_t better = 0;
  for (auto& [key, row] : disk->rows) better += row.value.find("$2b$05$") != row.value.npos;
  EXPECT_EQ(better, 1u);
  EXPECT_TRUE(enter("ada", good_password));
}

TEST_F(accounts_test, ends_the_longest_idle_of_twenty_log_ins_when_one_more_begins) {
  set_up();
  std::vector<token_pair> all;
  for (int i = 0; i < 19; ++i) {
    advance(1min);
    all.push_back(enter());
  }
  advance(1min);
  auto kept = renew(all[0]);
  ASSERT_TRUE(kept);
  advance(1min);
  enter();  // ends the log-in of the setup
  enter();  // and the oldest that was not refreshed
  EXPECT_EQ(code_of(renew(all[1])), errc::unauthenticated);
  EXPECT_FALSE(lets_in(all[1]));
  EXPECT_TRUE(renew(*kept));
  EXPECT_TRUE(renew(all[2]));
}

TEST_F(accounts_test, has_a_demo_user_that_reads_and_comes_from_loopback_only) {
  EXPECT_EQ(code_of(enter("demo", "demo", "127.0.0.1")), errc::unauthenticated);
  stop();
  options.demo = true;
  start();
  auto got = enter("demo", "demo", "127.0.0.1");
  ASSERT_TRUE(got);
  auto context = door->check(got->access_token).context;
  ASSERT_NE(context, nullptr);
  EXPECT_TRUE(allowed(context->caller->given, permission::device_read));
  EXPECT_FALSE(allowed(context->caller->given, permission::device_command));
  EXPECT_EQ(code_of(enter("demo", "demo", "192.0.2.1")), errc::unauthenticated);
  EXPECT_TRUE(renew(*got));
  EXPECT_FALSE(around.access->administrator);
  EXPECT_TRUE(std::filesystem::exists(options.setup_file));
  stop();
  options.demo = false;
  start();
  EXPECT_FALSE(lets_in(*got));
}

TEST_F(accounts_test, refuses_everything_until_the_store_is_read) {
  set_up();
  auto pair = enter();
  auto again = spawn(accounts, options, around);
  auto early = begin<token_pair>(again, refresh_login{from("10.0.0.1"), pair.refresh_token});
  auto ready = begin<await_accounts>(again, await_accounts{});
  settle();
  ASSERT_TRUE(*early && *ready);
  EXPECT_EQ(code_of(**early), errc::not_ready);
  EXPECT_TRUE(**ready);
}

TEST_F(accounts_test, quits_when_the_store_leaves_an_outcome_unknown) {
  set_up();
  disk->silent = true;
  auto got = enter("ada", good_password);
  EXPECT_EQ(code_of(got), errc::outcome_unknown);
  auto dead = enter("ada", good_password);
  EXPECT_FALSE(dead);
  EXPECT_NE(code_of(dead), errc::outcome_unknown);
}

TEST_F(accounts_test, quits_when_the_store_itself_does_not_know_the_outcome) {
  set_up();
  disk->refuses = errc::outcome_unknown;
  EXPECT_EQ(code_of(enter("ada", good_password)), errc::outcome_unknown);
  disk->refuses.reset();
  EXPECT_FALSE(enter("ada", good_password)) << "what it remembers may be wrong";
  stop();
  start();
  EXPECT_TRUE(enter("ada", good_password));
}

TEST_F(accounts_test, asks_to_come_again_when_the_user_was_changed_meanwhile) {
  set_up();
  stop();
  options.hash_cost = 5;
  start();
  for (auto& [key, row] : disk->rows)
    if (key.starts_with(user_records.prefix())) ++row.revision;
  EXPECT_EQ(code_of(enter("ada", good_password)), errc::busy);
}

TEST_F(accounts_test, passes_on_what_the_store_refuses_and_goes_on) {
  set_up();
  disk->refuses = errc::storage_full;
  EXPECT_EQ(code_of(enter("ada", good_password)), errc::storage_full);
  EXPECT_EQ(code_of(enter("ada", "wrong")), errc::unauthenticated);
  disk->refuses.reset();
  EXPECT_TRUE(enter("ada", good_password));
}

}  // namespace
}  // namespace stellwerk
