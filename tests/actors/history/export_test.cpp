#include <gtest/gtest.h>

#include "actors/model/error.hpp"
#include "actors/model/exports.hpp"
#include "tests/actors/history/history_stage.hpp"

namespace stellwerk {
namespace {

struct export_test : history_stage {
  static export_samples all_of_them(export_format format) {
    export_samples made;
    made.channels = {{1, "tank-1/level", "m"}, {2, "tank-1/state", ""}};
    made.format = format;
    made.from = wall_time::min();
    made.to = wall_time::max();
    return made;
  }
  caf::expected<export_piece> piece(const export_samples& what) {
    return ask<export_piece>(reader, what);
  }
  /// Piece by piece by the cursor's rule.
  std::string whole(export_samples what) {
    std::string text;
    for (bool more = true; more; ++pieces) {
      auto next = piece(what);
      EXPECT_TRUE(next) << render(next.error());
      if (!next) break;
      text += next->text;
      lines += next->lines;
      more = next->more;
      what.begins = false;
      what.from = next->next;
      what.skip = next->skip;
    }
    return text;
  }

  std::size_t pieces = 0;
  std::size_t lines = 0;
};

TEST_F(export_test, writes_csv_that_no_spreadsheet_takes_for_a_formula) {
  open();
  ASSERT_TRUE(append({sample_at(1, 0, -1.5), sample_at(1, 1, 20), sample_at(2, 1, "a,\"b\"\r\n")}));
  ASSERT_TRUE(append({sample_at(2, 2, "=1+1"), sample_at(2, 3, true), sample_at(2, 4, "@x,y")}));
  EXPECT_EQ(
      whole(all_of_them(export_format::csv)),
      "2023-11-14T22:13:20.000Z,tank-1/level,-1.5,m,good\r\n"
      "2023-11-14T22:13:20.001Z,tank-1/level,20,m,good\r\n"
      "2023-11-14T22:13:20.001Z,tank-1/state,\"a,\"\"b\"\"\r\n\",,good\r\n"
      "2023-11-14T22:13:20.002Z,tank-1/state,'=1+1,,good\r\n"
      "2023-11-14T22:13:20.003Z,tank-1/state,true,,good\r\n"
      "2023-11-14T22:13:20.004Z,tank-1/state,\"'@x,y\",,good\r\n"
  );
}

TEST_F(export_test, writes_lines_that_can_be_posted_again) {
  open();
  ASSERT_TRUE(append({sample_at(1, 0, 0.25), sample_at(2, 7, "\"on\"")}));
  EXPECT_EQ(
      whole(all_of_them(export_format::ndjson)),
      R"({"channel":"tank-1/level","time":"2023-11-14T22:13:20.000Z","value":0.25,)"
      R"("quality":"good"})"
      "\n"
      R"({"channel":"tank-1/state","time":"2023-11-14T22:13:20.007Z","value":"\"on\"",)"
      R"("quality":"good"})"
      "\n"
  );
}

TEST_F(export_test, tells_each_sample_once_across_pieces_heads_and_chunks) {
  open({2'000, 1'000, {}});
  std::size_t sent = 0;
  for (int batch = 0; batch < 5; ++batch) {
    samples items;
    for (int i = 0; i < 5'000; ++i, ++sent)
      items.push_back(sample_at(1 + static_cast<std::uint32_t>(i % 2), batch * 5'000 + i / 2, i));
    ASSERT_TRUE(append(std::move(items)));
  }
  auto text = whole(all_of_them(export_format::csv));
  EXPECT_EQ(lines, sent);
  EXPECT_GE(pieces, 4u);
  EXPECT_EQ(std::ranges::count(text, '\n'), static_cast<std::ptrdiff_t>(sent));
  std::string_view rest = text, before;
  for (; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    auto line = rest.substr(0, rest.find(",good"));
    auto key = line.substr(0, line.rfind(','));
    ASSERT_LT(before.substr(0, key.size()), key) << "ascending, and none twice";
    before = line;
  }
}

TEST_F(export_test, ends_a_piece_of_long_texts_early) {
  open();
  samples items;
  for (int i = 0; i < 800; ++i) items.push_back(sample_at(2, i, std::string(1'000, 'x')));
  ASSERT_TRUE(append(std::move(items)));
  auto first = piece(all_of_them(export_format::csv));
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->more);
  EXPECT_LE(first->text.size(), export_piece_bytes + 2'000);
  whole(all_of_them(export_format::csv));
  EXPECT_EQ(lines, 800u);
}

TEST_F(export_test, is_journaled_once_before_anything_is_told) {
  open({1, 1, {}});
  samples items;
  for (int i = 0; i < 10'000; ++i) items.push_back(sample_at(1, i, i));
  ASSERT_TRUE(append(std::move(items)));
  auto what = all_of_them(export_format::ndjson);
  what.from = at_ms(0);
  what.to = at_ms(20'000);
  whole(what);
  EXPECT_GE(pieces, 2u);
  ASSERT_EQ(journal->events.size(), 1u);
  EXPECT_EQ(journal->events[0].type, event_type::samples_exported);
  EXPECT_EQ(
      journal->events[0].data.text,
      R"({"channels":["tank-1/level","tank-1/state"],"from":"2023-11-14T22:13:20.000Z",)"
      R"("to":"2023-11-14T22:13:40.000Z","format":"ndjson"})"
  );
  journal->refuses = errc::storage_full;
  auto refused = piece(what);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::storage_full));
}

}  // namespace
}  // namespace stellwerk
