#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/actors/history/crash_batch.hpp"
#include "tests/actors/history/history_stage.hpp"
#include "tests/persistence/rollup_check.hpp"
#include "tests/victim.hpp"

/// The historian in a process of its own that is killed at any moment.
namespace stellwerk {
namespace {

struct history_crash_test : history_stage {
  /// Batches of `who` that are there; each must be whole and right.
  std::uint32_t whole_batches_of(std::uint32_t who) {
    auto found = all_of({who});
    EXPECT_EQ(found.size() % crash_batch_size, 0u) << "half a batch of " << who;
    std::uint32_t at = 0;
    std::size_t wrong = 0;
    for (auto& one : found) {
      auto number = at / crash_batch_size;
      auto index = at++ % crash_batch_size;
      wrong += one.time != crash_time(number, index) || one.value != crash_value(number, index);
    }
    EXPECT_EQ(wrong, 0u) << who;
    return at / crash_batch_size;
  }
};

TEST_F(history_crash_test, keeps_all_that_it_acknowledged_through_six_kills_of_one_folder) {
  std::mt19937_64 draw{12};
  std::map<std::uint32_t, std::uint32_t> answered;  // producer → batches
  for (int round = 0; round < 6; ++round) {
    auto lines = 1 + draw() % 400;
    SCOPED_TRACE("round " + std::to_string(round) + ", after " + std::to_string(lines));
    auto said = answered_before_death(STELLWERK_HISTORY_VICTIM, folder.path(), round, lines);
    for (auto& line : said) ++answered[static_cast<std::uint32_t>(std::stoul(line))];
    open(crash_limits);
    for (auto [who, count] : answered) {
      auto there = whole_batches_of(who);
      ASSERT_GE(there, count) << who;
      ASSERT_LE(there, count + 1) << who;
      // What it did not hear of it sends again: it is there once, whatever became of the first.
      auto again = ask<post_answer>(historian, crash_batch(who, count));
      ASSERT_TRUE(again);
      EXPECT_EQ(again->accepted, crash_batch_size);
      EXPECT_EQ(whole_batches_of(who), count + 1);
      answered[who] = count + 1;
    }
    expect_right_rollups(*opened.lock(), 8 * 6);
    close(caf::exit_reason::kill);
  }
  auto& m = *tools.numbers;
  EXPECT_EQ(m.samples_received.Value(), m.samples_stored.Value() + m.samples_duplicate.Value());
  EXPECT_GT(answered.size(), 30u);
  EXPECT_GT(m.chunks_replaced.Value(), 0);
}

}  // namespace
}  // namespace stellwerk
