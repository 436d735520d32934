#include <gtest/gtest.h>

#include "actors/history/series_text.hpp"
#include "actors/model/error.hpp"
#include "tests/actors/history/history_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

constexpr sample_limits closes_at_once{1, 1, {}};

struct series_test : history_stage {
  static read_series asked(std::uint32_t series, value_type type, wall_time from, wall_time to) {
    return {{series}, {type}, from, to, 10};
  }
  caf::expected<series_answer> series(read_series what) {
    return ask<series_answer>(reader, std::move(what));
  }
  std::string text(std::uint32_t number, value_type type, wall_time from, wall_time to) {
    auto told = series(asked(number, type, from, to));
    EXPECT_TRUE(told) << render(told.error());
    return told ? told->points.at(0).text : "";
  }
  std::optional<errc> refusal(read_series what) {
    auto told = series(std::move(what));
    return told ? std::optional<errc>{} : refusal_of(told.error()).code;
  }
};

TEST_F(series_test, tells_numbers_by_bucket_from_the_beginning_asked_for) {
  open();
  ASSERT_TRUE(append({sample_at(1, 5, 2.5), sample_at(1, 1'004, -1.0), sample_at(1, 1'003, 4.5)}));
  ASSERT_TRUE(append({sample_at(1, 3'003, 7.0), sample_at(1, 10'003, 9.0), sample_at(1, 2, 9.0)}));
  EXPECT_EQ(
      text(1, value_type::float_, at_ms(3), at_ms(10'003)),
      R"([["2023-11-14T22:13:20.003Z",2.5,2.5,2.5,1],)"
      R"(["2023-11-14T22:13:21.003Z",-1.0,4.5,1.75,2],)"
      R"(["2023-11-14T22:13:23.003Z",7.0,7.0,7.0,1]])"
  );
}

TEST_F(series_test, tells_integers_as_such_and_states_by_their_changes) {
  open();
  samples items;
  for (int i = 0; i < 4; ++i) {
    items.push_back(sample_at(1, i * 500, i));
    items.push_back(sample_at(2, i * 500, i % 2 == 0));
    items.push_back(sample_at(3, i * 500, i < 3 ? "idle" : "run"));
  }
  ASSERT_TRUE(append(items));
  auto from = at_ms(0), to = at_ms(10'000);
  auto at = [](std::string rest) { return R"([["2023-11-14T22:13:20.000Z",)" + rest; };
  EXPECT_EQ(
      text(1, value_type::int_, from, to),
      at(R"(0,1,0.5,2],["2023-11-14T22:13:21.000Z",2,3,2.5,2]])")
  );
  EXPECT_EQ(
      text(2, value_type::bool_, from, to),
      at(R"(false,1,2],["2023-11-14T22:13:21.000Z",false,2,2]])")
  );
  EXPECT_EQ(
      text(3, value_type::string_, from, to),
      at(R"("idle",0,2],["2023-11-14T22:13:21.000Z","run",1,2]])")
  );
  EXPECT_EQ(text(3, value_type::float_, from, to), "[]") << "a channel whose type was changed";
  EXPECT_EQ(text(9, value_type::float_, from, to), "[]");
}

TEST_F(series_test, is_the_same_out_of_heads_and_chunks_and_with_a_value_that_replaces_another) {
  std::array<std::string, 3> told;
  for (std::size_t way = 0; way < told.size(); ++way) {
    open(way == 0 ? sample_limits{} : closes_at_once);
    for (int i = 0; i < 40; ++i)
      ASSERT_TRUE(append({sample_at(1, i * 20'000, 10.0 + i), sample_at(1, i * 20'000 + 7, 5.0)}));
    ASSERT_TRUE(append({sample_at(1, 60'000, 99.0)}));
    EXPECT_EQ(tools.numbers->rollups_rebuilt.Value() > 0, way > 0);
    close();
    open(way == 2 ? sample_limits{} : closes_at_once);
    told[way] = text(1, value_type::float_, at_ms(-20'000), at_ms(1'180'000));
    close();
    std::filesystem::remove_all(folder.path() / "history");
  }
  EXPECT_NE(told[0].find(",99.0,"), std::string::npos) << told[0];
  EXPECT_EQ(told[1], told[0]);
  EXPECT_EQ(told[2], told[0]);
}

TEST_F(series_test, says_from_where_on_it_is_not_whole) {
  open();
  *wall = at_ms(5'500);
  auto told = series(asked(1, value_type::float_, at_ms(0), at_ms(10'000)));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->width_ms, 1'000);
  EXPECT_EQ(told->partial_from, at_ms(5'000));
  advance(5s);
  EXPECT_FALSE(series(asked(1, value_type::float_, at_ms(0), at_ms(10'000)))->partial_from);
}

TEST_F(series_test, refuses_what_is_beyond_its_limits) {
  open();
  auto good = asked(1, value_type::float_, at_ms(0), at_ms(10'000));
  EXPECT_EQ(refusal(good), std::nullopt);
  auto bad = good;
  bad.to = bad.from;
  EXPECT_EQ(refusal(bad), errc::invalid);
  bad = good;
  bad.points = 5'001;
  EXPECT_EQ(refusal(bad), errc::invalid);
  bad = good;
  bad.types.clear();
  EXPECT_EQ(refusal(bad), errc::invalid);
  bad.series.resize(21);
  bad.types.resize(21);
  EXPECT_EQ(refusal(bad), errc::invalid);
  end(historian);
  EXPECT_EQ(refusal(good), errc::busy);
}

TEST(partial_from, is_the_first_bucket_that_is_cut_or_not_over) {
  auto from = at_ms(0);
  bucket_grid whole{from, at_ms(100), 10ms};
  bucket_grid cut{from, at_ms(95), 10ms};
  EXPECT_EQ(partial_from(whole, at_ms(100)), std::nullopt);
  EXPECT_EQ(partial_from(whole, at_ms(99)), at_ms(90));
  EXPECT_EQ(partial_from(cut, at_ms(1'000)), at_ms(90));
  EXPECT_EQ(partial_from(cut, at_ms(92)), at_ms(90));
  EXPECT_EQ(partial_from(cut, at_ms(45)), at_ms(40));
  EXPECT_EQ(partial_from(cut, at_ms(-5)), at_ms(0));
}

TEST(series_text, rounds_averages_within_their_bucket_and_keeps_great_integers) {
  series_buckets made(1);
  for (int i = 0; i < 3; ++i) made[0].content.add(0.1);
  made[0].content.add(0.2);
  bucket_grid grid{at_ms(0), at_ms(10), 10ms};
  auto cell = [&](value_type type) { return series_text(made, grid, type).text.substr(29); };
  EXPECT_EQ(cell(value_type::float_), R"(0.1,0.2,0.125,4]])");
  made[0].content = {};
  made[0].content.add(std::int64_t{9'007'199'254'740'992});
  EXPECT_EQ(cell(value_type::int_).substr(0, 17), "9007199254740992,");
}

}  // namespace
}  // namespace stellwerk
