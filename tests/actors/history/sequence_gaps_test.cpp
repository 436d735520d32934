#include <gtest/gtest.h>

#include "tests/actors/history/history_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct sequence_gaps_test : history_stage {
  void send(const char* source, std::uint64_t epoch, std::uint64_t seq) {
    auto told = append({sample_at(1, 1, 7.5)}, source_stamp{source, epoch, seq});
    ASSERT_TRUE(told);
    EXPECT_EQ(told->accepted, 1u);
  }
  std::vector<std::string> told() {
    std::vector<std::string> all;
    for (auto& one : journal->events) all.push_back(one.subject + ' ' + one.data.text);
    return all;
  }
};

TEST_F(sequence_gaps_test, is_journaled_once_a_minute_for_each_source) {
  keeps = retention_rule{};
  open();
  for (auto seq : {5, 6, 9, 8, 12}) send("7/plc", 1, static_cast<std::uint64_t>(seq));
  send("7/plc", 1, 12);
  send("7/other", 0, 4);
  send("7/other", 1, 9);
  EXPECT_TRUE(journal->events.empty());
  advance(1min);
  EXPECT_EQ(
      told(), std::vector<std::string>{R"(source/7/plc {"epoch":1,"from":7,"to":11,"missing":4})"}
  );
  advance(5min);
  EXPECT_EQ(journal->events.size(), 1u);
  send("7/other", 1, 11);
  advance(1min);
  EXPECT_EQ(told().back(), R"(source/7/other {"epoch":1,"from":10,"to":10,"missing":1})");
}

}  // namespace
}  // namespace stellwerk
