#include "persistence/journal_anchors.hpp"

#include <rocksdb/db.h>

#include "actors/model/ids.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/journal_check.hpp"
#include "tests/persistence/journal_stage.hpp"
#include "tests/persistence/store_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct journal_anchors_test : store_stage {
  void SetUp() override { open_with("first"); }
  void open_with(const std::string& secret) {
    auto seed = secret + std::string(32 - secret.size(), '.');
    options.key = std::make_shared<const signing_key>(seed);
    open(options);
  }
  void write(int entries) {
    for (; entries > 0; entries -= 500)
      tell(std::vector<event>(static_cast<std::size_t>(std::min(entries, 500)), event_about("a")));
  }
  std::vector<std::uint64_t> anchored() {
    std::vector<std::uint64_t> all;
    auto found = anchors_of(*observe_store(folder.path()), 0, UINT64_MAX);
    for (auto& one : *found) all.push_back(one.seq);
    return all;
  }
  std::vector<journal_key> keys() {
    auto told = ask<journal_keys>(reader, read_journal_keys{});
    EXPECT_TRUE(told);
    return told ? told->items : std::vector<journal_key>{};
  }
  journal_verdict verdict(std::vector<journal_anchor> kept = {}) {
    return verify_journal(folder.path(), tools.now(), std::move(kept));
  }
  /// Changes what is stored as somebody with a knife would.
  void tamper(auto how) {
    close();
    auto db = open_store(folder.path());
    how(*db, family(*db, store_family::meta));
  }
  static void put(const database& db, const journal_anchor& one) {
    auto* meta = family(db, store_family::meta);
    EXPECT_TRUE(db->Put({}, meta, anchor_row(one.seq), json::encode(one)).ok());
  }
  store_options options;
};
using seqs = std::vector<std::uint64_t>;

TEST_F(journal_anchors_test, are_made_of_each_thousandth_entry_with_its_write) {
  write(2'500);
  EXPECT_EQ(anchored(), (seqs{1'000, 2'000}));
  EXPECT_TRUE(verdict().ok);
  EXPECT_EQ(verdict().anchors, 2u);
}

TEST_F(journal_anchors_test, are_made_each_hour_of_what_is_new_and_never_of_nothing) {
  write(3);
  EXPECT_EQ(anchored(), seqs{});
  advance(59min);
  EXPECT_EQ(anchored(), seqs{});
  advance(1min);
  EXPECT_EQ(anchored(), seqs{3});
  advance(72h);
  EXPECT_EQ(anchored(), seqs{3}) << "an idle node has nothing to sign";
  EXPECT_EQ(journal().size(), 3u);
  write(1);
  advance(1h);
  EXPECT_EQ(anchored(), (seqs{3, 4}));
  advance(1h);
  std::chrono::duration<double> at = tools.now().time_since_epoch();
  EXPECT_NEAR(tools.numbers->journal_anchor_time.Value(), at.count(), 3'600);
}

TEST_F(journal_anchors_test, survive_a_restart_and_a_new_secret) {
  write(1'000);
  close();
  advance(1h);
  open_with("second");
  EXPECT_EQ(anchored(), seqs{1'000});
  write(5);
  close();
  open_with("second");
  EXPECT_EQ(anchored(), (seqs{1'000, 1'005})) << "a start signs what a crash left";
  EXPECT_TRUE(verdict().ok);
  EXPECT_EQ(verdict().anchors, 2u);
  auto known = keys();
  ASSERT_EQ(known.size(), 2u);
  EXPECT_EQ(known[0].kid, signing_key{"first" + std::string(27, '.')}.kid());
  EXPECT_EQ(known[1].kid, options.key->kid());
  EXPECT_EQ(known[1].public_key, options.key->public_key());
  EXPECT_LT(known[0].since, known[1].since);
}

TEST_F(journal_anchors_test, show_that_the_tail_was_cut_off) {
  write(1'200);
  tamper([&](const database& db, auto* meta) {
    std::string value;
    auto* entries = family(db, store_family::journal);
    auto last = to_big_endian(std::uint64_t{990});
    ASSERT_TRUE(db->Get({}, entries, last, &value).ok());
    auto head = *read_head(db);
    head.seq = 990;
    std::copy_n(value.begin(), head.hash.size(), head.hash.begin());
    auto next = to_big_endian(std::uint64_t{991});
    ASSERT_TRUE(db->DeleteRange({}, entries, next, std::string(8, '\xff')).ok());
    ASSERT_TRUE(db->Put({}, meta, {head_key.data(), head_key.size()}, to_bytes(head)).ok());
  });
  EXPECT_FALSE(verdict().ok);
  EXPECT_EQ(verdict().entries, 990u);
  EXPECT_EQ(verdict().first_wrong_seq, 991u);
  EXPECT_EQ(verdict().problem, "it ends before its newest anchor");
  tamper([&](const database& db, auto* meta) {
    ASSERT_TRUE(db->Delete({}, meta, anchor_row(1'000)).ok());
  });
  EXPECT_TRUE(verdict().ok) << "who takes the anchors along leaves no trace in the folder";
  journal_anchor kept;
  kept.seq = 1'000;
  EXPECT_EQ(verdict({kept}).first_wrong_seq, 991u) << "but the log has them, too";
}

TEST_F(journal_anchors_test, show_a_journal_that_was_written_anew) {
  write(1'200);
  auto kept = *anchors_of(*observe_store(folder.path()), 0, UINT64_MAX);
  EXPECT_TRUE(verdict(kept).ok);
  kept[0].hash[7] = kept[0].hash[7] == '0' ? '1' : '0';
  auto seen = verdict(kept);
  EXPECT_EQ(seen.first_wrong_seq, 1'000u);
  EXPECT_EQ(seen.problem, "an anchor kept elsewhere tells another hash");
}

TEST_F(journal_anchors_test, are_found_wrong_when_any_part_of_one_was_changed) {
  write(1'000);
  journal_anchor good;
  tamper([&](const database& db, auto*) { good = anchors_of(db, 1'000, 1'000)->at(0); });
  auto is_wrong_with = [&](auto change) {
    auto bad = good;
    change(bad);
    tamper([&](const database& db, auto*) { put(db, bad); });
    auto seen = verdict();
    EXPECT_EQ(seen.first_wrong_seq, 1'000u);
    return !seen.ok;
  };
  EXPECT_TRUE(is_wrong_with([](auto& one) { one.hash[0] = one.hash[0] == '0' ? '1' : '0'; }));
  EXPECT_TRUE(is_wrong_with([](auto& one) { one.time += 1ms; }));
  EXPECT_TRUE(is_wrong_with([](auto& one) { one.site = "other"; }));
  EXPECT_TRUE(is_wrong_with([](auto& one) { one.kid = "0123456789abcdef"; }));
  EXPECT_TRUE(is_wrong_with([](auto& one) {
    one.signature[0] = one.signature[0] == '0' ? '1' : '0';
  }));
  EXPECT_TRUE(is_wrong_with([&](auto& one) {
    one = make_anchor(signing_key{std::string(32, 'y')}, {0, 1'000, {}}, "main", one.time);
  }));
  tamper([&](const database& db, auto*) { put(db, good); });
  EXPECT_TRUE(verdict().ok);
  tamper([&](const database& db, auto* meta) {
    ASSERT_TRUE(db->Put({}, meta, anchor_row(1'000), "{").ok());
  });
  EXPECT_EQ(verdict().problem, "an anchor is damaged");
}

TEST_F(journal_anchors_test, of_a_forged_key_name_vouch_for_nothing) {
  signing_key mine{std::string(32, 'y')};
  auto one = make_anchor(mine, {0, 7, {}}, "main", tools.now());
  std::vector<journal_key> keys{{mine.kid(), mine.public_key(), tools.now()}};
  EXPECT_TRUE(is_vouched(one, keys));
  keys[0].kid = one.kid = "0123456789abcdef";
  EXPECT_FALSE(is_vouched(one, keys));
}

TEST_F(journal_anchors_test, stay_when_their_entries_are_deleted_but_not_without_end) {
  auto db = open_store((close(), folder.path()));
  store_writer writer{db, "main", {}, options.key};
  commit three;
  three.events.assign(3'000, event_about("a"));
  ASSERT_TRUE(writer.add(three, tools.now()) && writer.write());
  auto put_all = [&](std::uint64_t first, std::uint64_t end) {
    journal_anchor one;
    for (one.seq = first; one.seq < end; ++one.seq) put(*db, one);
  };
  put_all(1, 1'000);
  auto cut_at = [&](std::uint64_t seq) {
    auto last = anchors_of(*db, seq, seq)->at(0);
    journal_cut cut{seq, {}};
    auto bytes = *from_hex(last.hash);
    std::ranges::copy(bytes, cut.hash.begin());
    writer.drop(cut, {}, event_about("journal", event_type::journal_dropped), tools.now());
    ASSERT_TRUE(writer.write());
  };
  cut_at(2'000);
  EXPECT_EQ(anchors_of(*db, 0, 2'000)->size(), 1'001u);
  EXPECT_TRUE(verdict().ok) << verdict().problem.value_or("");
  EXPECT_EQ(verdict().anchors, 2u) << "that of the cut and the newest";
  put_all(10'000, 20'000);
  auto surplus = surplus_anchors(*db, 20'000);
  EXPECT_EQ(surplus.size(), 1'002u);
  EXPECT_EQ(surplus.front(), anchor_row(1));
  EXPECT_EQ(surplus.back(), anchor_row(3'000));
}

TEST_F(journal_anchors_test, at_the_cut_vouch_for_where_the_chain_begins) {
  write(2'000);
  tamper([&](const database& db, auto* meta) {
    auto end = to_big_endian(std::uint64_t{1'001});
    auto* entries = family(db, store_family::journal);
    ASSERT_TRUE(db->DeleteRange({}, entries, rocksdb::Slice{}, end).ok());
    journal_cut forged{1'000, {}};
    rocksdb::Slice key{cut_key.data(), cut_key.size()};
    ASSERT_TRUE(db->Put({}, meta, key, to_bytes(forged)).ok());
  });
  EXPECT_EQ(verdict().first_wrong_seq, 1'000u);
  EXPECT_EQ(verdict().problem, "an anchor tells another hash");
}

}  // namespace
}  // namespace stellwerk
