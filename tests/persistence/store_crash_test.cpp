#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "tests/persistence/store_stage.hpp"
#include "tests/victim.hpp"

/// The embedded store in a process of its own that is killed at any moment.
namespace stellwerk {
namespace {

struct store_crash_test : store_stage {
  /// Every key is there twice, and told of once in the journal: no half transaction.
  void expect_whole(const std::set<std::string>& answered) {
    open();
    std::set<std::string> first;
    for (auto& key : keys({"a/", {}, 10'000, false})) first.insert(key.substr(2));
    std::set<std::string> second;
    for (auto& key : keys({"b/", {}, 10'000, false})) second.insert(key.substr(2));
    std::set<std::string> told;
    std::size_t entries = 0;
    for (bool more = true; more;) {
      auto slice = ask<journal_slice>(reader, read_journal{entries, 10'000});
      ASSERT_TRUE(slice);
      for (auto& one : slice->items) told.insert(one.subject);
      entries += slice->items.size();
      more = !slice->items.empty();
    }
    EXPECT_EQ(first, second);
    EXPECT_EQ(first, told);
    EXPECT_EQ(told.size(), entries);
    for (auto& key : answered) EXPECT_TRUE(first.contains(key)) << key << " was acknowledged";
    auto verdict = ask<journal_verdict>(reader, read_verdict{});
    EXPECT_TRUE(verdict && verdict->ok && verdict->entries == entries);
    close();
  }
};

TEST_F(store_crash_test, keeps_all_that_it_acknowledged_through_eight_kills_of_one_folder) {
  std::mt19937_64 draw{11};
  std::set<std::string> answered;
  for (int round = 0; round < 8; ++round) {
    auto lines = 1 + draw() % 3000;
    SCOPED_TRACE("round " + std::to_string(round) + ", after " + std::to_string(lines));
    answered.merge(answered_before_death(STELLWERK_STORE_VICTIM, folder.path(), round, lines));
    expect_whole(answered);
  }
  EXPECT_GT(answered.size(), 1'000u);
}

}  // namespace
}  // namespace stellwerk
