#include "persistence/journal_check.hpp"

#include <rocksdb/db.h>

#include "persistence/big_endian.hpp"
#include "tests/persistence/store_stage.hpp"

namespace stellwerk {
namespace {

struct journal_check_test : store_stage {
  void SetUp() override {
    open();
    for (int i = 1; i <= 20; ++i) tell({event_about(std::to_string(i))});
    close();
  }
  /// Changes the stored journal as somebody with a knife would.
  void tamper(auto how) {
    auto db = open_store(folder.path());
    how(*db, family(*db, store_family::journal));
  }
  static std::string stored(const database& db, std::uint64_t seq) {
    std::string value;
    EXPECT_TRUE(db->Get({}, family(db, store_family::journal), to_big_endian(seq), &value).ok());
    return value;
  }
  static void put(const database& db, std::uint64_t seq, const std::string& value) {
    auto* entries = family(db, store_family::journal);
    EXPECT_TRUE(db->Put({}, entries, to_big_endian(seq), value).ok());
  }
  journal_verdict verdict() { return verify_journal(folder.path(), tools.now()); }
};

TEST_F(journal_check_test, finds_a_whole_journal_whole_beside_the_running_store_too) {
  auto stopped = verdict();
  EXPECT_TRUE(stopped.ok);
  EXPECT_EQ(stopped.entries, 20u);
  EXPECT_EQ(stopped.first_wrong_seq, std::nullopt);
  EXPECT_EQ(stopped.checked_at, tools.now());
  open();
  tell({event_about("21")});
  EXPECT_TRUE(verdict().ok);
  EXPECT_EQ(verdict().entries, 21u);
}

TEST_F(journal_check_test, names_the_entry_of_any_flipped_byte) {
  std::string value;
  tamper([&](const database& db, auto*) { value = stored(db, 7); });
  for (std::size_t at = 0; at < value.size(); at += 5) {
    tamper([&](const database& db, auto*) {
      auto changed = value;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      put(db, 7, changed);
    });
    EXPECT_FALSE(verdict().ok) << at;
    EXPECT_EQ(verdict().first_wrong_seq, 7u) << at;
    EXPECT_EQ(verdict().entries, 6u) << at;
  }
}

TEST_F(journal_check_test, names_the_first_missing_entry) {
  for (std::uint64_t seq : {20u, 12u, 1u}) {
    tamper([&](const database& db, auto* entries) {
      EXPECT_TRUE(db->Delete({}, entries, to_big_endian(seq)).ok());
    });
    EXPECT_EQ(verdict().first_wrong_seq, seq);
  }
}

TEST_F(journal_check_test, names_the_first_of_two_exchanged_entries) {
  tamper([&](const database& db, auto*) {
    auto a = stored(db, 5);
    auto b = stored(db, 6);
    put(db, 5, b);
    put(db, 6, a);
  });
  EXPECT_EQ(verdict().first_wrong_seq, 5u);
}

TEST_F(journal_check_test, names_an_entry_that_was_written_anew_with_a_right_hash) {
  tamper([&](const database& db, auto*) {
    auto before = stored(db, 9);
    auto value = stored(db, 10);
    auto entry = *entry_from(value);
    entry.subject = "forged";
    chain_hash previous;
    std::copy_n(before.begin(), previous.size(), previous.begin());
    auto bytes = stored_form(entry);
    auto hash = hash_chain{}.link(previous, bytes);
    put(db, 10, std::string(hash.begin(), hash.end()) + bytes);
  });
  EXPECT_EQ(verdict().first_wrong_seq, 11u);
}

TEST_F(journal_check_test, names_the_newest_entry_if_it_was_written_anew) {
  tamper([&](const database& db, auto*) {
    auto before = stored(db, 19);
    auto value = stored(db, 20);
    auto entry = *entry_from(value);
    entry.subject = "forged";
    chain_hash previous;
    std::copy_n(before.begin(), previous.size(), previous.begin());
    auto bytes = stored_form(entry);
    auto hash = hash_chain{}.link(previous, bytes);
    put(db, 20, std::string(hash.begin(), hash.end()) + bytes);
  });
  EXPECT_EQ(verdict().first_wrong_seq, 20u);
}

TEST_F(journal_check_test, sees_an_entry_before_the_first) {
  tamper([&](const database& db, auto*) { put(db, 0, stored(db, 1)); });
  EXPECT_EQ(verdict().first_wrong_seq, 1u);
}

TEST_F(journal_check_test, sees_entries_beyond_the_newest_and_the_store_does_not_overwrite_them) {
  tamper([&](const database& db, auto*) { put(db, 21, stored(db, 20)); });
  EXPECT_EQ(verdict().first_wrong_seq, 21u);
  EXPECT_THROW(open_store(folder.path()), storage_error);
}

TEST_F(journal_check_test, sees_that_the_head_was_taken_away) {
  tamper([&](const database& db, auto*) {
    rocksdb::Slice head{head_key.data(), head_key.size()};
    EXPECT_TRUE(db->Delete({}, family(db, store_family::meta), head).ok());
  });
  EXPECT_FALSE(verdict().ok);
  EXPECT_EQ(verdict().first_wrong_seq, 1u);
  EXPECT_THROW(open_store(folder.path()), storage_error);
}

TEST_F(journal_check_test, is_told_by_the_reader_of_a_running_store) {
  tamper([&](const database& db, auto*) { put(db, 3, "short"); });
  open();
  auto told = ask<journal_verdict>(reader, read_verdict{});
  ASSERT_TRUE(told);
  EXPECT_EQ(told->first_wrong_seq, 3u);
  EXPECT_EQ(tools.numbers->journal_ok.Value(), 0);
}

TEST(journal_entry_bytes, survive_the_disk_and_no_cut_of_them_is_taken_for_an_entry) {
  entry_view entry{
      7,
      wall_time{std::chrono::milliseconds{-5}},
      "main",
      "device.created",
      "device/ä",
      "user/1",
      "ada",
      "::1",
      "r",
      "c",
      R"({"a":[1,2]})",
      {},
      {}};
  auto value = std::string(32, '\1') + stored_form(entry);
  auto seen = entry_from(value);
  ASSERT_TRUE(seen);
  EXPECT_EQ(stored_form(*seen), stored_form(entry));
  auto back = to_entry(*seen);
  EXPECT_EQ(back.seq, 7u);
  EXPECT_EQ(back.time, entry.time);
  EXPECT_EQ(back.subject, "device/ä");
  EXPECT_EQ(back.actor.name, "ada");
  EXPECT_EQ(back.data.text, entry.data);
  EXPECT_EQ(back.hash.substr(0, 4), "0101");
  for (std::size_t size = 0; size < value.size(); ++size)
    EXPECT_FALSE(entry_from(value.substr(0, size))) << size;
  EXPECT_FALSE(entry_from(value + "x"));
}

}  // namespace
}  // namespace stellwerk
