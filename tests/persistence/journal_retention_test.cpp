#include "persistence/journal_retention.hpp"

#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include <fstream>

#include "persistence/big_endian.hpp"
#include "persistence/journal_check.hpp"
#include "persistence/journal_index.hpp"
#include "persistence/journal_pages.hpp"
#include "tests/persistence/journal_stage.hpp"
#include "tests/persistence/store_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

struct journal_retention_test : testing::Test {
  void open() {
    db = open_store(folder.path());
    writer.emplace(db, "main", once_limits{});
    retention.emplace(db, options);
  }
  void SetUp() override { open(); }
  void close() {
    retention.reset();
    writer.reset();
    db.reset();
  }
  void write(int entries) {
    commit what;
    for (int i = 0; i < entries; ++i) {
      auto subject = "device/" + std::to_string(i % 10);
      what.events.push_back(
          {event_type::device_updated, subject, {"user/1", "ada", ""}, "r", "", {}}
      );
      if (what.events.size() < 5'000 && i + 1 < entries) continue;
      ASSERT_TRUE(writer->add(std::exchange(what, {}), now));
    }
    ASSERT_TRUE(writer->write());
  }
  /// What a look at this moment, and the run that it may begin, deletes.
  std::uint64_t look() {
    std::uint64_t dropped = 0;
    auto runs = retention->look(now);
    EXPECT_TRUE(runs);
    for (auto more = *runs; more;) {
      auto step = retention->step(*writer, now);
      EXPECT_TRUE(step && writer->write());
      dropped += *step;
      more = *step > 0;
    }
    return dropped;
  }
  std::uint64_t pass(days count) {
    std::uint64_t dropped = 0;
    for (int day = 0; day < count.count(); ++day) {
      now += days{1};
      dropped += look();
    }
    return dropped;
  }
  journal_page page(query_journal what) {
    what.context = journal_caller("admin");
    auto found = page_of(*db, what);
    EXPECT_TRUE(found);
    return found ? *found : journal_page{};
  }
  std::vector<journal_entry> deletions() {
    query_journal what;
    what.type = text<0, 100>{"journal.*"};
    return page(what).items;
  }
  temporary_folder folder;
  journal_options options;
  wall_time now = journal_start;
  database_ptr db;
  std::optional<store_writer> writer;
  std::optional<journal_retention> retention;
};

TEST_F(journal_retention_test, deletes_the_oldest_segments_a_tenth_in_a_day) {
  write(20'500);
  EXPECT_EQ(pass(days{730}), 0u);
  EXPECT_EQ(pass(days{1}), 2'000u);
  EXPECT_EQ(oldest_seq(*db), 2'001u);
  EXPECT_EQ(look(), 0u) << "not twice a day";
  EXPECT_EQ(pass(days{1}), 1'000u) << "a tenth of 18,501";
  auto verdict = verify_journal(folder.path(), now);
  EXPECT_TRUE(verdict.ok);
  EXPECT_EQ(verdict.entries, 17'502u);
}

TEST_F(journal_retention_test, tells_in_the_journal_what_it_deleted) {
  write(12'000);
  std::string last;
  auto key = to_big_endian(std::uint64_t{1'000});
  ASSERT_TRUE((*db)->Get({}, family(*db, store_family::journal), key, &last).ok());
  pass(days{731});
  auto told = deletions();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].actor.principal, "node");
  auto hash = to_entry(*entry_from(last)).hash;
  EXPECT_EQ(
      told[0].data.text,
      R"({"from_seq":1,"to_seq":1000,"newest":"2023-11-14T22:13:20.000Z","hash":")" + hash +
          R"(","reason":"retention"})"
  );
}

TEST_F(journal_retention_test, leaves_a_journal_of_less_than_ten_segments_alone) {
  write(9'900);
  EXPECT_EQ(pass(days{800}), 0u);
}

TEST_F(journal_retention_test, keeps_a_segment_until_its_newest_entry_is_old) {
  write(10'999);
  pass(days{10});
  write(10'000);
  EXPECT_EQ(pass(days{721}), 2'000u);
  pass(days{9});
  EXPECT_EQ(oldest_seq(*db), 10'001u);
  EXPECT_EQ(pass(days{1}), 1'000u);
}

TEST_F(journal_retention_test, leaves_the_index_as_one_made_of_what_is_left) {
  write(20'000);
  pass(days{732});
  EXPECT_EQ(oldest_seq(*db), 3'001u);
  auto left = index_rows(*db);
  build_index(*db);
  EXPECT_EQ(index_rows(*db), left);
}

TEST_F(journal_retention_test, is_behind_every_reader) {
  write(20'000);
  pass(days{731});
  query_journal before;
  before.cursor = 5;
  EXPECT_TRUE(page(before).items.empty());
  EXPECT_FALSE(page(before).next_cursor);
  query_journal last;
  last.cursor = 2'003;
  last.subject = text<0, 300>{"device/*"};
  EXPECT_EQ(page(last).items.size(), 2u);
  EXPECT_FALSE(page(last).next_cursor);
  query_journal old;
  old.to = journal_start + 1ms;
  old.cursor = 2'003;
  EXPECT_EQ(page(old).items.size(), 2u);
  auto slice = slice_of(*db, {7, 3});
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->first_seq, 2'001u);
  EXPECT_EQ(slice->items.front().seq, 2'001u);
}

TEST_F(journal_retention_test, is_held_while_the_clock_is_where_it_jumped_to) {
  write(20'000);
  pass(days{700});
  now += 24h + 1ms;
  look();
  EXPECT_TRUE(retention->held());
  now += days{400};
  EXPECT_EQ(look(), 0u);
  close();
  open();
  EXPECT_EQ(look(), 0u);
  EXPECT_TRUE(retention->held()) << "after a new journal_start, too";
  now -= days{401};
  look();
  EXPECT_FALSE(retention->held()) << "the clock is back";
  now -= days{2};
  EXPECT_EQ(look(), 0u);
  EXPECT_TRUE(retention->held()) << "backwards, too";
}

TEST_F(journal_retention_test, goes_on_once_the_clock_is_confirmed) {
  write(20'000);
  pass(days{1});
  now += days{800};
  EXPECT_EQ(look(), 0u);
  auto file = folder.path() / "journal.clock-confirmed";
  std::ofstream{file};
  EXPECT_EQ(look(), 2'000u);
  EXPECT_FALSE(std::filesystem::exists(file)) << "it counts once";
  now += days{2};
  EXPECT_EQ(look(), 0u);
}

TEST_F(journal_retention_test, gives_up_what_is_older_than_30_days_over_the_quota) {
  options.quota_bytes = 1;
  close();
  open();
  write(20'000);
  EXPECT_EQ(pass(days{30}), 0u);
  EXPECT_EQ(pass(days{1}), 2'000u);
  auto told = deletions();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].data.text.find(R"("reason":"quota")"), std::string::npos);
}

TEST_F(journal_retention_test, deletes_nothing_that_is_not_whole) {
  write(20'000);
  auto* entries = family(*db, store_family::journal);
  auto key = to_big_endian(std::uint64_t{1'500});
  std::string value;
  ASSERT_TRUE((*db)->Get({}, entries, key, &value).ok());
  value.back() = '!';
  ASSERT_TRUE((*db)->Put({}, entries, key, value).ok());
  EXPECT_EQ(pass(days{731}), 1'000u);
  EXPECT_TRUE(retention->broken());
  EXPECT_EQ(pass(days{5}), 0u);
  EXPECT_EQ(verify_journal(folder.path(), now).first_wrong_seq, 1'500u);
}

TEST_F(journal_retention_test, leaves_all_or_what_is_told_whatever_ends_it) {
  write(20'000);
  pass(days{730});
  now += days{1};
  ASSERT_TRUE(*retention->look(now));
  ASSERT_EQ(*retention->step(*writer, now), 2'000u);
  close();  // before the write
  open();
  EXPECT_EQ(oldest_seq(*db), 1u);
  EXPECT_TRUE(verify_journal(folder.path(), now).ok);
}

TEST_F(journal_retention_test, moves_on_a_verification_that_is_under_way) {
  write(20'000);
  pass(days{730});
  journal_check check{db};
  ASSERT_TRUE(check.step(1'000));
  EXPECT_EQ(pass(days{2}), 3'000u);
  while (check.step(1'000)) continue;
  EXPECT_TRUE(check.verdict().ok);
}

TEST_F(journal_retention_test, notices_that_the_cut_was_moved_by_others) {
  write(20'000);
  pass(days{731});
  auto cut = *read_cut(*db);
  auto* meta = family(*db, store_family::meta);
  rocksdb::Slice key{cut_key.data(), cut_key.size()};
  auto* entries = family(*db, store_family::journal);
  ASSERT_TRUE((*db)->Delete({}, entries, to_big_endian(cut.seq + 1)).ok());
  EXPECT_EQ(verify_journal(folder.path(), now).first_wrong_seq, cut.seq + 1);
  ++cut.seq;
  ASSERT_TRUE((*db)->Put({}, meta, key, to_bytes(cut)).ok());
  EXPECT_EQ(verify_journal(folder.path(), now).first_wrong_seq, cut.seq + 1);
}

struct journal_retention_of_a_store : store_stage {};

TEST_F(journal_retention_of_a_store, looks_every_hour_and_tells_it_in_metrics) {
  store_options options;
  options.journal.retention_days = 30;
  open(options);
  end(reader);  // whose verifications would take long here
  for (int i = 0; i < 3; ++i) tell(std::vector<event>(10'000, event_about("device/a")));
  advance(30 * 24h);
  EXPECT_EQ(tools.numbers->journal_dropped.Value(), 0);
  advance(25h);
  EXPECT_EQ(tools.numbers->journal_dropped.Value(), 3'000);
  EXPECT_EQ(tools.numbers->journal_first_seq.Value(), 3'001);
  EXPECT_EQ(tools.numbers->journal_retention_held.Value(), 0);
  close();
  EXPECT_TRUE(verify_journal(folder.path(), tools.now()).ok);
}

}  // namespace
}  // namespace stellwerk
