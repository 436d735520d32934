#include "persistence/daily_time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace stellwerk {
namespace {

struct daily_time_test : testing::Test {
  void SetUp() override { zone("Europe/Berlin"); }
  void TearDown() override { zone("UTC"); }
  static void zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  static wall_time at(std::string_view text) { return *time_from(text); }
  static std::string next(std::string_view now, const char* when) {
    daily_time daily;
    EXPECT_TRUE(json::decode(when, daily).empty());
    return to_text(next_after(at(now), daily));
  }
};

TEST_F(daily_time_test, comes_once_a_day_by_the_local_zone) {
  EXPECT_EQ(next("2026-11-21T00:30:00Z", R"("02:00")"), "2026-11-21T01:00:00.000Z");
  EXPECT_EQ(next("2026-11-21T01:00:00Z", R"("02:00")"), "2026-11-22T01:00:00.000Z");
  EXPECT_EQ(next("2026-12-31T23:30:00Z", R"("00:15")"), "2027-01-01T23:15:00.000Z");
}

TEST_F(daily_time_test, comes_once_on_days_that_skip_or_repeat_an_hour) {
  auto skipped = next("2026-03-28T12:00:00Z", R"("02:30")");
  EXPECT_TRUE(skipped == "2026-03-29T00:30:00.000Z" || skipped == "2026-03-29T01:30:00.000Z")
      << skipped;
  EXPECT_EQ(next(skipped, R"("02:30")"), "2026-03-30T00:30:00.000Z");
  EXPECT_EQ(next("2026-10-24T12:00:00Z", R"("02:30")"), "2026-10-25T00:30:00.000Z");
  for (auto* in_between : {"2026-10-25T00:30:00Z", "2026-10-25T00:59:00Z", "2026-10-25T01:10:00Z"})
    EXPECT_EQ(next(in_between, R"("02:30")"), "2026-10-26T01:30:00.000Z") << in_between;
  EXPECT_EQ(next("2026-10-25T01:30:00Z", R"("02:30")"), "2026-10-26T01:30:00.000Z");
}

TEST_F(daily_time_test, needs_no_summer_time) {
  zone("UTC");
  EXPECT_EQ(next("2026-07-01T12:00:00Z", R"("02:30")"), "2026-07-02T02:30:00.000Z");
}

TEST_F(daily_time_test, is_written_as_it_is_read) {
  for (auto* good : {R"("00:00")", R"("23:59")", R"("02:05")", R"("")"}) {
    daily_time daily;
    EXPECT_TRUE(json::decode(good, daily).empty()) << good;
    EXPECT_EQ(json::encode(daily), good);
  }
  for (auto* bad : {R"("24:00")", R"("2:00")", R"("02:60")", R"("02-00")", R"("-1:00")", "2"}) {
    daily_time daily;
    EXPECT_FALSE(json::decode(bad, daily).empty()) << bad;
  }
}

}  // namespace
}  // namespace stellwerk
