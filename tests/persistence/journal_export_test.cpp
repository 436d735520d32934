#include "persistence/journal_export.hpp"

#include <random>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/export_check.hpp"
#include "tests/persistence/journal_stage.hpp"
#include "tests/persistence/store_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

lines split(const std::string& text) {
  lines all;
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size() - 1) + 1;
    all.push_back(text.substr(at, end - at));
    at = end;
  }
  return all;
}

export_verdict verdict_of(const lines& all, export_check check = export_check{}) {
  for (auto& one : all)
    if (!check.take(one)) break;
  return check.finish();
}
export_verdict verdict_of(const std::string& text) { return verdict_of(split(text)); }

struct journal_export_test : store_stage {
  void SetUp() override {
    options.key = std::make_shared<const signing_key>(std::string(32, 'k'));
    open(options);
  }
  void write(int entries) {
    std::vector<event> all;
    for (int i = 0; i < entries; ++i)
      all.push_back(event_about("device/ä\"\n" + std::to_string(i)));
    tell(std::move(all));
  }
  /// As the gateway asks for it.
  std::string exported(const export_range& range = {}) {
    auto piece = ask<journal_piece>(reader, export_journal{journal_caller("admin"), range, {}});
    EXPECT_TRUE(piece) << render(piece.error());
    if (!piece) return {};
    auto run = piece->run;
    auto text = piece->text;
    for (pieces = 1; piece->more; ++pieces) {
      piece = ask<journal_piece>(reader, export_journal{nullptr, {}, run});
      EXPECT_TRUE(piece) << render(piece.error());
      if (!piece) break;
      text += piece->text;
    }
    return text;
  }
  store_options options;
  int pieces = 0;
};

TEST_F(journal_export_test, is_whole_and_says_what_it_holds) {
  write(2'500);
  advance(1h);
  auto seen = verdict_of(exported());
  EXPECT_TRUE(seen.ok) << seen.problem;
  EXPECT_EQ(seen.entries, 2'500u);
  EXPECT_EQ(seen.anchors, 3u);
  EXPECT_EQ(seen.from_seq, 1u);
  EXPECT_EQ(seen.to_seq, 2'500u);
  EXPECT_EQ(seen.site, "main");
  EXPECT_EQ(seen.installation, "installation-1");
  EXPECT_EQ(seen.public_key, options.key->public_key());
  EXPECT_EQ(seen.fingerprint.substr(0, 16), options.key->kid());
  EXPECT_FALSE(seen.key_given);
}

TEST_F(journal_export_test, comes_in_pieces_of_bounded_size) {
  write(9'000);
  auto seen = verdict_of(exported());
  EXPECT_TRUE(seen.ok) << seen.problem;
  EXPECT_EQ(seen.entries, 9'000u);
  EXPECT_GT(pieces, 5);
}

TEST_F(journal_export_test, tells_the_journal_who_had_which_range) {
  write(20);
  export_range some;
  some.from_seq = 5;
  some.to_seq = 12;
  auto seen = verdict_of(exported(some));
  EXPECT_TRUE(seen.ok) << seen.problem;
  EXPECT_EQ(seen.from_seq, 5u);
  EXPECT_EQ(seen.entries, 8u);
  auto told = journal().back();
  EXPECT_EQ(told.type, "journal.exported");
  EXPECT_EQ(told.actor.principal, "user/7");
  EXPECT_EQ(told.data.text, R"({"from_seq":5,"to_seq":12})");
}

TEST_F(journal_export_test, goes_from_a_number_or_moment_to_another) {
  auto begin = tools.now();
  for (int i = 0; i < 10; ++i) {
    write(1);
    advance(1min);
  }
  auto range = [&](export_range what) {
    auto seen = verdict_of(exported(what));
    EXPECT_TRUE(seen.ok) << seen.problem;
    return std::pair{seen.from_seq, seen.to_seq};
  };
  export_range what;
  what.from = begin + 2min;
  what.to = begin + 5min;
  EXPECT_EQ(range(what), std::pair(3ul, 5ul));
  what.from_seq = 4;
  EXPECT_EQ(range(what), std::pair(4ul, 5ul));
  what = {};
  what.to = begin;
  EXPECT_EQ(range(what), std::pair(1ul, 0ul)) << "nothing is whole, too";
  what = {};
  what.from_seq = 1'000;
  EXPECT_EQ(range(what), std::pair(14ul, 13ul));
}

TEST_F(journal_export_test, is_whole_after_segments_were_deleted_and_after_the_secret_was_changed) {
  write(2'500);
  close();
  options.key = std::make_shared<const signing_key>(std::string(32, 'n'));
  {
    auto db = open_store(folder.path());
    store_writer writer{db, "main", {}, options.key};
    auto at = anchors_of(*db, 1'000, 1'000)->at(0);
    journal_cut cut{1'000, {}};
    std::ranges::copy(*from_hex(at.hash), cut.hash.begin());
    writer.drop(cut, {}, event_about("journal", event_type::journal_dropped), tools.now());
    ASSERT_TRUE(writer.write());
  }
  open(options);
  write(600);
  auto seen = verdict_of(exported());
  EXPECT_TRUE(seen.ok) << seen.problem;
  EXPECT_EQ(seen.from_seq, 1'001u);
  EXPECT_EQ(seen.anchors, 4u) << "of 1,000 and 2,000 by the old key, of the start and 3,000";
  EXPECT_EQ(seen.public_key, options.key->public_key());
}

TEST_F(journal_export_test, is_not_signed_if_the_journal_is_not_whole) {
  write(20);
  close();
  {
    auto db = open_store(folder.path());
    std::string value;
    auto key = to_big_endian(std::uint64_t{7});
    auto* entries = family(*db, store_family::journal);
    ASSERT_TRUE((*db)->Get({}, entries, key, &value).ok());
    value.back() = ' ';
    ASSERT_TRUE((*db)->Put({}, entries, key, value).ok());
  }
  open(options);
  auto piece = ask<journal_piece>(reader, export_journal{journal_caller("admin"), {}, {}});
  ASSERT_FALSE(piece);
  EXPECT_EQ(refusal_of(piece.error()).code, errc::internal);
}

TEST_F(journal_export_test, is_refused_by_a_node_without_a_key) {
  close();
  open();
  auto piece = ask<journal_piece>(reader, export_journal{journal_caller("admin"), {}, {}});
  ASSERT_FALSE(piece);
  EXPECT_EQ(refusal_of(piece.error()).code, errc::not_ready);
}

TEST_F(journal_export_test, must_be_signed_by_the_key_that_is_given) {
  write(3);
  auto all = split(exported());
  auto mine = options.key->public_key();
  signing_key other{std::string(32, 'o')};
  auto seen = verdict_of(all, export_check{std::vector<std::string>{other.public_key(), mine}});
  EXPECT_TRUE(seen.ok && seen.key_given);
  seen = verdict_of(all, export_check{std::vector<std::string>{other.public_key()}});
  EXPECT_FALSE(seen.ok);
  EXPECT_EQ(seen.first_wrong_line, 1u);
  EXPECT_EQ(seen.problem, "it is signed by another key than the one given");
}

TEST_F(journal_export_test, must_agree_with_anchors_kept_elsewhere) {
  write(3);
  auto all = split(exported());
  journal_anchor kept;
  kept.seq = 2;
  kept.hash = std::string(64, '0');
  auto seen = verdict_of(all, export_check{{}, {kept}});
  EXPECT_EQ(seen.first_wrong_seq, 2u);
  EXPECT_EQ(seen.first_wrong_line, 3u);
}

/// Seven entries with an anchor in between and one before.
struct damaged_export_test : journal_export_test {
  void SetUp() override {
    journal_export_test::SetUp();
    write(4);
    advance(1h);
    write(4);
    advance(1h);
    write(3);
    export_range range;
    range.from_seq = 5;
    text = exported(range);
    all = split(text);
    ASSERT_TRUE(verdict_of(all).ok);
    ASSERT_EQ(all.size(), 11u) << "head, anchor, 4 entries, anchor, 3 entries, end";
  }
  std::string text;
  lines all;
};

TEST_F(damaged_export_test, is_found_whichever_byte_was_flipped) {
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (char bit : {'\x01', '\x20', '\x40'}) {
      auto bad = text;
      bad[at] = static_cast<char>(bad[at] ^ bit);
      auto seen = verdict_of(bad);
      ASSERT_FALSE(seen.ok) << "byte " << at << " of line " << line;
      auto exact = line > 1 ? line : seen.first_wrong_line.value_or(0);  // of the head: the end
      ASSERT_EQ(seen.first_wrong_line, exact) << "byte " << at << ": " << seen.problem;
    }
    if (text[at] == '\n') ++line;
  }
}

TEST_F(damaged_export_test, is_found_where_a_line_is_missing_doubled_or_moved) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto fewer = all;
    fewer.erase(fewer.begin() + static_cast<long>(i));
    EXPECT_FALSE(verdict_of(fewer).ok) << i;
    auto more = all;
    more.insert(more.begin() + static_cast<long>(i), all[i]);
    EXPECT_FALSE(verdict_of(more).ok) << i;
    for (std::size_t j = 0; j < i; ++j) {
      auto swapped = all;
      std::swap(swapped[i], swapped[j]);
      EXPECT_FALSE(verdict_of(swapped).ok) << i << ' ' << j;
    }
  }
}

TEST_F(damaged_export_test, is_found_wherever_it_was_cut_off) {
  for (std::size_t size = 0; size < text.size(); ++size)
    ASSERT_FALSE(verdict_of(text.substr(0, size)).ok) << size;
  EXPECT_FALSE(verdict_of(text + "\n").ok);
  EXPECT_FALSE(verdict_of(text + text).ok);
}

TEST_F(damaged_export_test, is_found_though_its_end_was_made_to_fit) {
  lines forged{all.begin(), all.end() - 2};  // without the newest entry
  digest of_lines;
  for (auto& one : forged) of_lines.add(one);
  signing_key mine{std::string(32, 'y')};
  export_end end{6, std::string(64, '0'), of_lines.text(), {}};
  end.signature = mine.sign(signed_text(end));
  forged.push_back(line_of(end_line, end));
  auto seen = verdict_of(forged);
  EXPECT_EQ(seen.problem, "lines are missing before the end");
  EXPECT_EQ(seen.first_wrong_line, 10u);
}

TEST_F(damaged_export_test, never_makes_the_check_trust_it_whatever_bytes_come) {
  std::mt19937 random{7};
  for (int round = 0; round < 2'000; ++round) {
    auto bad = text;
    auto at = random() % bad.size();
    auto count = random() % 40;
    switch (random() % 3) {
      case 0:
        bad.erase(at, count + 1);
        break;
      case 1:
        bad.insert(at, text.substr(random() % text.size(), count + 1));
        break;
      default:
        bad.replace(at, count + 1, std::string(count, static_cast<char>(random())));
        break;
    }
    if (bad == text) continue;
    ASSERT_FALSE(verdict_of(bad).ok) << round;
  }
}

}  // namespace
}  // namespace stellwerk
