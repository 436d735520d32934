#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/persistence/store_stage.hpp"

/// What every implementation of the store does.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct store_test : store_stage, testing::WithParamInterface<store_kind> {
  void SetUp() override { open({}, GetParam()); }
  void reopen() {
    close();
    open({}, GetParam());
  }
  std::uint64_t revision_of(const std::string& key) {
    auto found = scanned({key, {}, 1, false});
    return found.items.empty() ? 0 : found.items.front().revision;
  }
};

TEST_P(store_test, gives_back_what_was_put_with_the_revision_of_its_commit) {
  auto first = put("a", "one");
  auto second = put("b", std::string("\0\xff", 2));
  EXPECT_GT(second.revision, first.revision);
  auto found = scanned({});
  ASSERT_EQ(found.items.size(), 2u);
  EXPECT_EQ(found.items[0].value, "one");
  EXPECT_EQ(found.items[0].revision, first.revision);
  EXPECT_EQ(found.items[1].value, std::string("\0\xff", 2));
  EXPECT_FALSE(found.more);
}

TEST_P(store_test, keeps_everything_when_it_is_closed_and_opened) {
  auto before = put("a", "one");
  tell({event_about("device/a")});
  auto entries = journal();
  reopen();
  EXPECT_EQ(revision_of("a"), before.revision);
  EXPECT_GT(put("a", "two").revision, before.revision);
  tell({event_about("device/b")});
  auto after = journal();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0].hash, entries[0].hash);
  EXPECT_EQ(after[1].seq, 2u);
}

TEST_P(store_test, does_all_of_a_commit_or_nothing) {
  put("a", "one");
  auto refused = apply({{{"a", 999}}, {{"a", "two"}, {"b", "new"}}, {event_about("device/a")}, {}});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::stale_revision));
  EXPECT_EQ(stale_key(refused.error()), "a");
  EXPECT_EQ(refusal_of(refused.error()).detail, row_of(errc::stale_revision).title);
  EXPECT_EQ(scanned({"a", {}, 1, false}).items.at(0).value, "one");
  EXPECT_EQ(revision_of("b"), 0u);
  EXPECT_TRUE(journal().empty());
}

TEST_P(store_test, takes_the_revision_zero_for_a_key_that_must_be_absent) {
  commit claim{{{"name", 0}}, {{"name", "mine"}}, {}, {}};
  ASSERT_TRUE(apply(claim));
  EXPECT_FALSE(apply(claim));
  ASSERT_TRUE(apply({{{"name", revision_of("name")}}, {{"name", {}}}, {}, {}}));
  EXPECT_EQ(revision_of("name"), 0u);
  EXPECT_TRUE(apply(claim));
}

TEST_P(store_test, lets_one_of_many_at_once_win_a_name) {
  std::vector<answer<committed>> asked;
  for (int i = 0; i < 50; ++i)
    asked.push_back(
        begin<committed>(store, commit{{{"name", 0}}, {{"name", std::to_string(i)}}, {}, {}})
    );
  settle(50);
  EXPECT_EQ(std::ranges::count_if(asked, [](auto& one) { return one->value().engaged(); }), 1);
}

TEST_P(store_test, checks_expectations_against_the_commits_queued_before) {
  auto start = put("n", "0").revision;
  auto first = begin<committed>(store, commit{{{"n", start}}, {{"n", "1"}}, {}, {}});
  auto erased = begin<committed>(store, commit{{{"n", start + 1}}, {{"n", {}}}, {}, {}});
  auto again = begin<committed>(store, commit{{{"n", 0}}, {{"n", "3"}}, {}, {}});
  auto late = begin<committed>(store, commit{{{"n", start}}, {{"n", "4"}}, {}, {}});
  settle();
  EXPECT_EQ((*first)->value().revision, start + 1);
  EXPECT_TRUE(**erased);
  EXPECT_TRUE(**again);
  EXPECT_FALSE(**late);
  EXPECT_EQ(scanned({"n", {}, 1, false}).items.at(0).value, "3");
}

TEST_P(store_test, refuses_a_commit_that_changes_a_key_twice_or_has_an_empty_one) {
  for (auto& changes : {std::vector<change>{{"a", "1"}, {"a", "2"}}, {{"", "1"}}}) {
    auto refused = apply({{}, changes, {}, {}});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(is(refused.error(), errc::invalid));
  }
  EXPECT_TRUE(keys({}).empty());
}

TEST_P(store_test, scans_in_order_of_bytes_within_the_prefix_alone) {
  for (auto& id : {"b", "a", "\xff", "aa"}) put(document_key("device", id), id);
  put(document_key("devic", "z"), "");
  put(document_key("device-name", "z"), "");
  auto prefix = document_key("device", "");
  auto expected = std::vector{
      document_key("device", "a"), document_key("device", "aa"), document_key("device", "b"),
      document_key("device", "\xff")};
  EXPECT_EQ(keys({prefix, {}, 3, false}), expected);
  std::ranges::reverse(expected);
  EXPECT_EQ(keys({prefix, {}, 3, true}), expected);
  EXPECT_EQ(keys({"", {}, 1, true}).size(), 6u);
}

TEST_P(store_test, scans_after_a_key_that_need_not_be_there) {
  for (auto& key : {"a", "c", "e"}) put(key, "");
  EXPECT_THAT(keys({"", "b", 10, false}), ElementsAre("c", "e"));
  EXPECT_THAT(keys({"", "c", 10, false}), ElementsAre("e"));
  EXPECT_THAT(keys({"", "d", 10, true}), ElementsAre("c", "a"));
  EXPECT_THAT(keys({"", "c", 10, true}), ElementsAre("a"));
}

TEST_P(store_test, pages_past_every_lasting_key_once_while_others_come_and_go) {
  std::mt19937_64 draw{4};
  auto key = [](std::uint64_t n) { return std::to_string(1'000 + n); };
  for (std::uint64_t n = 0; n < 200; n += 2) put(key(n), "lasting");
  for (bool newest_first : {false, true}) {
    std::multiset<std::string> seen;
    scan what{"", "", 7, newest_first};
    for (bool more = true; more;) {
      auto page = scanned(what);
      for (auto& one : page.items)
        if (one.value == "lasting") seen.insert(one.key);
      if (!page.items.empty()) what.after = page.items.back().key;
      more = page.more;
      put(key(draw() % 100 * 2 + 1), "passing");
      apply({{}, {{key(draw() % 100 * 2 + 1), {}}}, {}, {}});
    }
    EXPECT_EQ(seen.size(), 100u);
    EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 100u);
  }
}

TEST_P(store_test, ends_a_page_early_at_four_mebibytes) {
  for (int i = 0; i < 6; ++i) put("k" + std::to_string(i), std::string(1'000'000, 'v'));
  auto page = scanned({"k", {}, 1000, false});
  EXPECT_EQ(page.items.size(), 5u);
  EXPECT_TRUE(page.more);
  EXPECT_EQ(keys({"k", {}, 1000, false}).size(), 6u);
}

TEST_P(store_test, numbers_entries_without_gaps_in_the_order_of_commits) {
  std::vector<answer<committed>> asked;
  for (int i = 0; i < 20; ++i) {
    std::vector<event> two(2, event_about("device/" + std::to_string(i)));
    std::vector<expectation> none;
    if (i % 5 == 4) none.push_back({"nothing", 1});  // refused: takes no number
    asked.push_back(begin<committed>(store, commit{none, {}, two, {}}));
  }
  settle();
  auto entries = journal();
  ASSERT_EQ(entries.size(), 32u);
  for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].seq, i + 1);
  for (std::size_t i = 0; i < asked.size(); ++i)
    if (**asked[i]) {
      EXPECT_EQ(entries[(*asked[i])->value().last_seq - 1].subject, "device/" + std::to_string(i));
    }
}

TEST_P(store_test, keeps_what_an_event_says) {
  auto said = event_about("device/pump", event_type::device_created);
  said.cause = "rule/7";
  tell({said});
  auto entry = journal().at(0);
  EXPECT_EQ(entry.time, tools.now());
  EXPECT_EQ(entry.site, "main");
  EXPECT_EQ(entry.type, "device.created");
  EXPECT_EQ(entry.subject, "device/pump");
  EXPECT_EQ(entry.actor.principal, "user/1");
  EXPECT_EQ(entry.actor.name, "ada");
  EXPECT_EQ(entry.actor.address, "::1");
  EXPECT_EQ(entry.request_id, "request-1");
  EXPECT_EQ(entry.cause, "rule/7");
  EXPECT_EQ(entry.data.text, R"({"a":1})");
  EXPECT_EQ(entry.hash.size(), 64u);
}

TEST_P(store_test, tells_followers_each_entry_once_and_in_order_from_then_on) {
  tell({event_about("device/before")});
  auto seen = std::make_shared<std::vector<std::string>>();
  auto follower = spawn([seen](journal_follower::pointer) -> journal_follower::behavior_type {
    return {[seen](const journal_batch& news) {
      seen->insert(seen->end(), news->begin(), news->end());
    }};
  });
  for (int twice = 0; twice < 2; ++twice) caf::anon_send(store, follow_journal{follower});
  settle();
  for (int i = 0; i < 30; ++i)
    begin<committed>(store, commit{{}, {}, {event_about(std::to_string(i))}, {}});
  settle(3);
  auto entries = journal();
  ASSERT_EQ(seen->size(), 30u);
  for (std::size_t i = 0; i < 30; ++i) {
    auto entry = to_entry(*entry_from((*seen)[i]));
    EXPECT_EQ(entry.seq, i + 2);
    EXPECT_EQ(entry.hash, entries.at(i + 1).hash);
  }
  end(follower);
  tell({event_about("device/after")});
  EXPECT_EQ(seen->size(), 30u);
}

void commit_often(caf::event_based_actor* self, store_actor store, int left) {
  if (left == 0) return self->quit();
  self->request(
          store, 10s, commit{{}, {{std::to_string(self->id()), "v"}}, {}, {}}
  ).then([=](const committed&) { commit_often(self, store, left - 1); });
}

TEST_P(store_test, writes_the_commits_of_those_who_wait_for_each_other_together) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    auto written = [&] {
      return tools.numbers->commit_group_size.Collect().histogram.sample_count;
    };
    auto before = written();
    for (int i = 0; i < 8; ++i)
      sys.spawn([=, this](caf::event_based_actor* self) { commit_often(self, store, 20); });
    settle(seed);
    EXPECT_LE(written() - before, 25) << seed;  // of 160 commits; 20 groups of all are the best
  }
}

INSTANTIATE_TEST_SUITE_P(, store_test, testing::ValuesIn(store_kinds), name_of_kind);

}  // namespace
}  // namespace stellwerk
