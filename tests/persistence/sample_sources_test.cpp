#include "persistence/sample_sources.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using verdict = source_window::verdict;

TEST(source_window_test, tells_unseen_from_seen_from_too_old) {
  source_window window;
  EXPECT_EQ(window.look(0, 0), verdict::unseen);
  window.mark(0, 0, false);
  EXPECT_EQ(window.look(0, 0), verdict::seen);
  window.mark(0, 1024, false);
  EXPECT_EQ(window.look(0, 0), verdict::too_old);
  EXPECT_EQ(window.look(0, 1), verdict::unseen);
  EXPECT_EQ(window.look(0, 1024), verdict::seen);
  EXPECT_EQ(window.look(0, 1025), verdict::unseen);
}

TEST(source_window_test, starts_over_with_a_later_epoch_and_never_goes_back) {
  source_window window;
  window.mark(1, 50, false);
  EXPECT_EQ(window.look(2, 50), verdict::unseen);
  window.mark(2, 7, false);
  EXPECT_EQ(window.look(2, 50), verdict::unseen);
  EXPECT_EQ(window.look(2, 7), verdict::seen);
  EXPECT_EQ(window.look(1, 50), verdict::too_old);
  EXPECT_EQ(window.look(1, 51), verdict::too_old);
}

struct window_property : testing::TestWithParam<unsigned> {};

TEST_P(window_property, agrees_with_a_set_of_all_numbers_ever_seen) {
  std::mt19937_64 draw{GetParam()};
  source_window window;
  std::map<std::uint64_t, bool> seen;  // and with refusals
  std::uint64_t top = 0;
  for (int i = 0; i < 5'000; ++i) {
    auto near = draw() % 100 == 0 ? draw() % 5'000 : draw() % 40;
    auto seq = draw() % 2 == 0 ? top + near : top - std::min(top, near * 30);
    auto expected = seen.contains(seq) ? verdict::seen : verdict::unseen;
    if (seq + 1024 <= top) expected = verdict::too_old;
    ASSERT_EQ(window.look(0, seq), expected) << seq << " at " << top;
    if (expected == verdict::seen) {
      ASSERT_EQ(window.had_refusals(seq), seen[seq]);
    }
    if (expected != verdict::unseen) continue;
    bool refusals = draw() % 2 == 0;
    window.mark(0, seq, refusals);
    seen[seq] = refusals;
    top = std::max(top, seq);
  }
}
INSTANTIATE_TEST_SUITE_P(seeds, window_property, testing::Range(0u, 20u));

struct sample_sources_test : testing::Test {
  bool admit(const std::string& source, std::chrono::hours at = 0h) {
    forgotten.reset();
    return sources.admit(source, wall_time{at}, forgotten) != nullptr;
  }
  sample_sources sources{{3, 5}};
  std::optional<std::string> forgotten;
};

TEST_F(sample_sources_test, limits_the_sources_of_a_principal_and_of_all) {
  for (auto source : {"a/1", "a/2", "a/3", "b/1", "b/2"}) EXPECT_TRUE(admit(source));
  EXPECT_FALSE(admit("a/4", 23h));
  EXPECT_FALSE(admit("b/3", 23h));
  EXPECT_FALSE(admit("c/1", 48h));  // it has none of its own to give up
  EXPECT_TRUE(admit("a/2", 23h));
  EXPECT_FALSE(forgotten);
}

TEST_F(sample_sources_test, forgets_the_one_that_was_silent_longest_for_a_new_one_after_a_day) {
  for (auto source : {"a/1", "a/2", "a/3"}) EXPECT_TRUE(admit(source));
  EXPECT_TRUE(admit("ab/1"));
  EXPECT_TRUE(admit("a/1", 10h));
  EXPECT_TRUE(admit("a/3", 11h));
  EXPECT_TRUE(admit("a/4", 24h));
  EXPECT_EQ(forgotten, "a/2");
  EXPECT_FALSE(admit("a/5", 24h));
  EXPECT_TRUE(admit("a/5", 34h));
  EXPECT_EQ(forgotten, "a/1");
}

}  // namespace
}  // namespace stellwerk
