#include "persistence/journal_search.hpp"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <atomic>
#include <random>
#include <thread>

#include "persistence/journal_pages.hpp"
#include "persistence/store_writer.hpp"
#include "tests/persistence/journal_stage.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

/// What a page must show, told again without an index.
bool passes(const query_journal& what, const journal_entry& one) {
  if (what.from && one.time < *what.from) return false;
  if (what.to && one.time >= *what.to) return false;
  auto who = what.actor ? what.actor->str() : "";
  if (what.actor && one.actor.principal != who && one.actor.name != who) return false;
  if (what.type && !matches(what.type->str(), one.type)) return false;
  if (what.subject && !matches(what.subject->str(), one.subject)) return false;
  scope_target on;
  on.site = one.site;
  return what.context && allowed(what.context->caller->given, event_row_of(one.type)->seen_by, on);
}

struct journal_search_test : testing::Test {
  template <class All>
  auto one_of(const All& all) {
    return *(std::begin(all) + static_cast<std::ptrdiff_t>(draw() % std::size(all)));
  }
  bool chance(unsigned percent) { return draw() % 100 < percent; }

  std::string subject() {
    auto number = std::to_string(draw() % 40);
    const std::string all[] = {
        "device/a",
        "device/b" + number,
        "channel/a/t",
        "command/" + number + number,
        "odd",
        "",
        std::string(200, 'x') + number,
        std::string("device/\0x", 9) + number,
        std::string(40, 'g') + '/' + number,
        "group" + number + "/x",
        "device/\1"};
    return one_of(all);
  }
  event anything() {
    static constexpr const char* principals[] = {"user/1", "user/2", "node", ""};
    static constexpr const char* names[] = {"ada", "bob", "user/1", "", "node"};
    event made{one_of(event_table).type, subject(), {}, "", "", {}};
    made.actor = {one_of(principals), one_of(names), "::1"};
    if (chance(50)) made.type = event_type::auth_login_failed;
    return made;
  }
  /// Times go on by up to a second, stand, or jump.
  wall_time later() {
    if (chance(30)) return now;
    if (chance(4)) return now + up_to(40'000) - 20s;
    return now + up_to(1'000);
  }
  std::chrono::milliseconds up_to(unsigned ms) {
    return std::chrono::milliseconds{static_cast<std::int64_t>(draw() % ms)};
  }
  void write(std::string site, int entries) {
    store_writer writer{db, std::move(site), {}};
    for (int i = 0; i < entries; ++i) {
      now = later();
      ASSERT_TRUE(writer.add({{}, {}, {anything()}, {}}, now));
    }
    ASSERT_TRUE(writer.write());
  }

  query_journal question() {
    static constexpr const char* types[] = {
        "device.*", "*.created", "auth.login.failed", "*", "command.*", "none", ""};
    static constexpr const char* subjects[] = {"device/*", "*a*",  "command/1*", "device/a", "*",
                                               "",         "odd",  "device",     "d*e/b1*",  "x*9",
                                               "g*",       "xx*9", "device/b1",  "nothing/*"};
    static constexpr const char* actors[] = {"user/1", "ada", "bob", "node", "", "nobody"};
    query_journal what;
    const context_ptr callers[] = {journal_caller("admin"),           journal_caller("admin"),
                                   journal_caller("viewer"),          journal_caller("customer"),
                                   journal_caller("admin", "site:b"), nullptr};
    what.context = one_of(callers);
    if (chance(50)) what.type = text<0, 100>{one_of(types)};
    if (chance(50)) what.subject = text<0, 300>{one_of(subjects)};
    if (chance(10)) what.subject = text<0, 300>{std::string(200, 'x') + "7"};
    if (chance(30)) what.actor = text<0, 100>{one_of(actors)};
    auto moment = [&] { return journal_start + up_to(200'000) - 20s; };
    if (chance(30)) what.from = moment();
    if (chance(30)) what.to = moment();
    what.limit = decltype(what.limit)::clamped(1 + static_cast<std::uint32_t>(draw() % 50));
    return what;
  }
  search_bounds bounds() {
    if (chance(50)) return {};
    return {static_cast<std::int64_t>(draw() % 300), draw() % 60, draw() % 20, draw() % 8};
  }

  std::vector<journal_entry> everything() {
    std::vector<journal_entry> all;
    for (bool more = true; more;) {
      auto slice = slice_of(*db, {all.empty() ? 0 : all.back().seq, 10'000});
      more = slice && !slice->items.empty();
      if (more) std::ranges::move(slice->items, std::back_inserter(all));
    }
    return all;
  }
  static std::vector<std::uint64_t> plain(
      const std::vector<journal_entry>& all, const query_journal& what
  ) {
    std::vector<std::uint64_t> found;
    for (auto one = all.rbegin(); one != all.rend(); ++one)
      if (passes(what, *one)) found.push_back(one->seq);
    return found;
  }
  std::vector<std::uint64_t> paged(query_journal what, const search_bounds& within) {
    std::vector<std::uint64_t> all;
    for (int pages = 0; pages < 2'000; ++pages) {
      auto page = page_of(*db, what, within);
      EXPECT_TRUE(page);
      if (!page) break;
      EXPECT_LE(page->items.size(), what.limit);
      for (auto& one : page->items) all.push_back(one.seq);
      if (!page->next_cursor) return all;
      auto next = std::stoull(*page->next_cursor);
      EXPECT_LT(next, what.cursor.value_or(UINT64_MAX));
      what.cursor = next;
    }
    ADD_FAILURE() << "pages without an end";
    return all;
  }

  temporary_folder folder;
  database_ptr db = open_store(folder.path());
  std::mt19937_64 draw{7};
  wall_time now = journal_start;
};

TEST_F(journal_search_test, finds_what_a_plain_scan_finds_whatever_is_asked) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    draw.seed(seed);
    write("a", 120);
    write("b", 50);
    auto all = everything();
    for (int i = 0; i < 100; ++i) {
      auto what = question();
      auto within = bounds();
      ASSERT_EQ(paged(what, within), plain(all, what))
          << "seed " << seed << " question " << i << ' ' << json::encode(what) << " units "
          << within.units << " classes " << within.classes << " texts " << within.texts_looked_at
          << " lists " << within.lists;
    }
  }
}

TEST_F(journal_search_test, tells_each_entry_once_while_others_are_written) {
  write("a", 300);
  query_journal what;
  what.context = journal_caller("viewer");
  what.type = text<0, 100>{"device.*"};
  what.subject = text<0, 300>{"device/*"};
  what.actor = text<0, 100>{"ada"};
  what.limit = 40;
  std::atomic<bool> enough = false;
  std::thread other{[&] {
    store_writer writer{db, "a", {}};
    for (int i = 0; i < 2'000 && !enough; ++i) {
      event one{event_type::device_updated, "device/a", {"user/1", "ada", ""}, "", "", {}};
      if (!writer.add({{}, {}, {one, one}, {}}, now) || !writer.write()) return;
    }
  }};
  for (int round = 0; round < 5; ++round) {
    auto first = page_of(*db, what);
    ASSERT_TRUE(first);
    auto before = what;
    before.cursor = first->items.front().seq + 1;
    auto seen = paged(before, {});
    auto all = plain(everything(), what);
    std::erase_if(all, [&](auto seq) { return seq >= *before.cursor; });
    EXPECT_EQ(seen, all);
  }
  enough = true;
  other.join();
}

TEST_F(journal_search_test, does_not_read_what_does_not_pass) {
  {
    store_writer writer{db, "a", {}};
    auto tell = [&](event one) { ASSERT_TRUE(writer.add({{}, {}, {one}, {}}, now += 1ms)); };
    tell({event_type::device_created, "device/first", {"user/2", "bob", ""}, "", "", {}});
    event flood{event_type::auth_login_failed, "user/x", {"", "eve", ""}, "", "", {}};
    for (int i = 0; i < 20'000; ++i) tell(flood);
    ASSERT_TRUE(writer.write());
  }
  auto finds = [&](auto set) {
    query_journal what;
    what.context = journal_caller("admin");
    set(what);
    search_bounds few{.units = 600};
    auto page = page_of(*db, what, few);
    return page && page->items.size() == 1 && !page->next_cursor;
  };
  EXPECT_TRUE(finds([](auto& what) { what.type = text<0, 100>{"device.*"}; }));
  EXPECT_TRUE(finds([](auto& what) { what.subject = text<0, 300>{"device/*"}; }));
  EXPECT_TRUE(finds([](auto& what) { what.subject = text<0, 300>{"*first"}; }));
  EXPECT_TRUE(finds([](auto& what) { what.actor = text<0, 100>{"bob"}; }));
  EXPECT_TRUE(finds([](auto& what) { what.to = journal_start + 2ms; }));
  EXPECT_TRUE(finds([](auto& what) { what.context = journal_caller("viewer"); }));
}

TEST_F(journal_search_test, ends_a_page_where_the_effort_is_spent_and_goes_on_from_there) {
  write("a", 2'000);
  query_journal what;
  what.context = journal_caller("admin");
  what.subject = text<0, 300>{"*no such*"};
  search_bounds few{.units = 400, .classes = 1, .texts_looked_at = 8};
  auto page = page_of(*db, what, few);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->items.empty());
  ASSERT_TRUE(page->next_cursor);
  EXPECT_GT(std::stoull(*page->next_cursor), 1'000u);
  EXPECT_TRUE(paged(what, few).empty());
}

}  // namespace
}  // namespace stellwerk
