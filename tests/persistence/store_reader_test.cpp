#include "persistence/store_reader.hpp"

#include <gmock/gmock.h>

#include "tests/persistence/journal_stage.hpp"
#include "tests/persistence/store_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct store_reader_test : store_stage {
  void SetUp() override { open(); }

  journal_page page(query_journal what) {
    if (!what.context) what.context = journal_caller("admin");
    auto found = ask<journal_page>(reader, std::move(what));
    EXPECT_TRUE(found);
    return found ? *found : journal_page{};
  }
  std::vector<std::string> subjects(query_journal what) {
    std::vector<std::string> all;
    for (auto& one : page(std::move(what)).items) all.push_back(one.subject);
    return all;
  }
};

TEST_F(store_reader_test, shows_the_newest_first_page_by_page_while_more_is_written) {
  for (int i = 1; i <= 10; ++i) tell({event_about(std::to_string(i))});
  std::vector<std::string> seen;
  query_journal what;
  what.limit = 3;
  for (bool more = true; more;) {
    auto now = page(what);
    for (auto& one : now.items) seen.push_back(one.subject);
    more = now.next_cursor.has_value();
    if (more) what.cursor = std::stoull(*now.next_cursor);
    tell({event_about("later")});
  }
  EXPECT_THAT(seen, ElementsAre("10", "9", "8", "7", "6", "5", "4", "3", "2", "1"));
}

TEST_F(store_reader_test, filters_by_type_subject_actor_and_time) {
  auto start = tools.now();
  tell({event_about("device/a", event_type::device_created)});
  advance(1s);
  auto other = event_about("device/b", event_type::device_deleted);
  other.actor = {"user/2", "bob", ""};
  tell({other});
  advance(1s);
  tell({event_about("channel/a/t", event_type::channel_created)});
  auto of = [&](auto member, auto content) {
    query_journal what;
    what.*member = content;
    return subjects(what);
  };
  EXPECT_THAT(of(&query_journal::type, "device.*"), ElementsAre("device/b", "device/a"));
  EXPECT_THAT(of(&query_journal::type, "*.created"), ElementsAre("channel/a/t", "device/a"));
  EXPECT_THAT(of(&query_journal::subject, "*/a*"), ElementsAre("channel/a/t", "device/a"));
  EXPECT_THAT(of(&query_journal::actor, "user/2"), ElementsAre("device/b"));
  EXPECT_THAT(of(&query_journal::actor, "ada"), ElementsAre("channel/a/t", "device/a"));
  EXPECT_THAT(of(&query_journal::from, start + 1s), ElementsAre("channel/a/t", "device/b"));
  EXPECT_THAT(of(&query_journal::to, start + 1s), ElementsAre("device/a"));
}

TEST_F(store_reader_test, shows_only_what_the_grants_let_see_of_this_site) {
  for (auto& row : event_table) tell({event_about(std::string{row.name}, row.type)});
  auto seen_with = [&](context_ptr context) {
    query_journal what;
    what.context = std::move(context);
    what.limit = 1000;
    std::vector<std::string> types;
    for (auto& one : page(what).items) types.push_back(one.type);
    return types;
  };
  EXPECT_EQ(seen_with(journal_caller("admin")).size(), event_table.size());
  EXPECT_TRUE(seen_with(journal_caller("customer")).empty());
  EXPECT_TRUE(seen_with(journal_caller("admin", "site:elsewhere")).empty());
  EXPECT_TRUE(seen_with(journal_caller("admin", "device:42")).empty());
  EXPECT_EQ(seen_with(journal_caller("admin", "site:main")).size(), event_table.size());
  auto viewer = seen_with(journal_caller("viewer"));
  for (auto& row : event_table) {
    bool may = row.seen_by != permission::journal_read;
    EXPECT_EQ(std::ranges::count(viewer, row.name), may) << row.name;
  }
}

TEST_F(store_reader_test, shows_nothing_to_a_question_without_a_caller) {
  tell({event_about("device/a")});
  auto found = ask<journal_page>(reader, query_journal{});
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->items.empty());
}

TEST_F(store_reader_test, gives_followers_of_a_cursor_ascending_slices) {
  for (int i = 1; i <= 5; ++i) tell({event_about(std::to_string(i))});
  auto slice = ask<journal_slice>(reader, read_journal{1, 3});
  ASSERT_TRUE(slice);
  ASSERT_EQ(slice->items.size(), 3u);
  EXPECT_EQ(slice->items.front().seq, 2u);
  EXPECT_EQ(slice->items.back().seq, 4u);
  EXPECT_EQ(slice->first_seq, 1u);
  EXPECT_EQ(slice->last_seq, 5u);
  EXPECT_TRUE(ask<journal_slice>(reader, read_journal{5, 3})->items.empty());
  EXPECT_TRUE(ask<journal_slice>(reader, read_journal{UINT64_MAX, 3})->items.empty());
}

TEST_F(store_reader_test, verifies_at_its_start_and_an_hour_after_each_end) {
  auto verdict = [&] { return *ask<journal_verdict>(reader, read_verdict{}); };
  auto first = verdict();
  EXPECT_TRUE(first.ok);
  EXPECT_EQ(first.checked_at, tools.now());
  tell({event_about("device/a")});
  EXPECT_EQ(verdict().entries, 0u);
  advance(1h);
  EXPECT_EQ(verdict().entries, 1u);
  EXPECT_EQ(verdict().checked_at, *first.checked_at + 1h);
  EXPECT_EQ(tools.numbers->journal_ok.Value(), 1);
}

TEST_F(store_reader_test, answers_between_the_steps_of_a_verification) {
  std::vector<event> many(10'000, event_about("hay"));
  for (int i = 0; i < 3; ++i) tell(many);
  close();
  auto made = embedded.open(sys, folder.path(), {}, tools);
  store = own(std::move(made.store));
  reader = own(std::move(made.reader));
  auto early = begin<journal_verdict>(reader, read_verdict{});
  settle();
  EXPECT_FALSE((*early)->value().checked_at);
  EXPECT_EQ(ask<journal_verdict>(reader, read_verdict{})->entries, 30'000u);
}

}  // namespace
}  // namespace stellwerk
