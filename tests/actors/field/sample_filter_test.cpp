#include "actors/field/sample_filter.hpp"

#include <gtest/gtest.h>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

class sample_filter_test : public testing::Test {
 protected:
  void SetUp() override { plan(0); }

  void plan(double deadband) {
    channel level;
    level.name = "level";
    level.deadband = deadband;
    level.poll_ms = 1000;
    device_document document;
    document.fields.channels = {level};
    document.series = {{"level", 1}};
    filter.plan(document, now);
  }
  sample at(double x, quality q = quality::good) { return {1, q, wall, x}; }
  /// Whether a sample of `x`, a while later, is stored.
  bool stores(double x, std::chrono::milliseconds after = 1s, quality q = quality::good) {
    now += after;
    wall += after;
    return filter.take({at(x, q)}, now).size() == 1;
  }

  sample_filter filter;
  sample_filter::moment now{1h};
  wall_time wall{1h};
};

TEST_F(sample_filter_test, without_a_deadband_everything_is_stored) {
  EXPECT_TRUE(stores(1));
  EXPECT_TRUE(stores(1));
}

TEST_F(sample_filter_test, within_the_deadband_of_the_last_stored_one_nothing_is) {
  plan(0.5);
  EXPECT_TRUE(stores(10));
  EXPECT_FALSE(stores(10.5));
  EXPECT_FALSE(stores(9.5));
  EXPECT_TRUE(stores(10.6));
  EXPECT_FALSE(stores(10.2));  // near to 10.6 now
}

TEST_F(sample_filter_test, but_one_a_minute_is_and_each_change_of_quality) {
  plan(0.5);
  EXPECT_TRUE(stores(10));
  EXPECT_FALSE(stores(10, 59s));
  EXPECT_TRUE(stores(10, 1s));
  EXPECT_TRUE(stores(10, 1s, quality::bad));
  EXPECT_TRUE(stores(10, 1s, quality::good));
}

TEST_F(sample_filter_test, what_no_channel_has_is_dropped) {
  sample stranger{7, quality::good, wall, 1.0};
  EXPECT_TRUE(filter.take({stranger}, now).empty());
}

TEST_F(sample_filter_test, after_three_periods_the_last_value_is_stored_once_as_stale) {
  stores(10);
  EXPECT_EQ(filter.next_due(), now + 3s);
  EXPECT_TRUE(filter.overdue(now + 2999ms, wall).empty());
  auto stale = filter.overdue(now + 3s, wall + 3s);
  ASSERT_EQ(stale.size(), 1u);
  EXPECT_EQ(stale[0].quality, quality::stale);
  EXPECT_EQ(stale[0].value, value{10.0});
  EXPECT_EQ(stale[0].time, wall + 3s);
  EXPECT_TRUE(filter.overdue(now + 4s, wall + 4s).empty());
  EXPECT_FALSE(filter.next_due());
}

TEST_F(sample_filter_test, a_lost_line_makes_everything_stale_at_once_and_one_sample_fresh_again) {
  plan(0.5);
  stores(10);
  EXPECT_EQ(filter.lost(wall).size(), 1u);
  EXPECT_TRUE(filter.lost(wall).empty());
  EXPECT_TRUE(stores(10));  // within the deadband, but good again
  EXPECT_EQ(filter.lost(wall).size(), 1u);
}

TEST_F(sample_filter_test, a_channel_that_was_never_seen_has_nothing_to_say) {
  EXPECT_TRUE(filter.lost(wall).empty());
  EXPECT_TRUE(filter.overdue(now + 1h, wall).empty());
}

TEST_F(sample_filter_test, a_value_from_before_the_start_becomes_stale_as_well) {
  filter.lost(wall);
  filter.remember(at(5));
  EXPECT_EQ(filter.overdue(now + 3s, wall + 3s).size(), 1u);
}

TEST_F(sample_filter_test, a_new_plan_keeps_what_is_known_and_forgets_what_is_gone) {
  stores(10);
  plan(2);
  EXPECT_FALSE(stores(11));
  filter.plan({}, now);
  EXPECT_TRUE(filter.lost(wall).empty());
}

}  // namespace
}  // namespace stellwerk
