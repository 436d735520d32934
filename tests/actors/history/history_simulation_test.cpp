#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/actors/history/history_stage.hpp"

/// Producers that number their batches, repeat them, lose answers and send late ones, to a
/// historian that is killed at any message, in an order drawn from a seed. Each sample is stored
/// once, and nothing that was acknowledged is lost.
namespace stellwerk {
namespace {

struct history_simulation : history_stage, testing::WithParamInterface<unsigned> {
  using stamp = std::pair<std::uint32_t, std::uint64_t>;  // source, number
  static constexpr std::uint32_t sources = 3;

  append_samples batch_of(stamp which) {
    auto [source, number] = which;
    append_samples out;
    out.stamp = source_stamp{"p/" + std::to_string(source), 0, number};
    for (std::uint64_t i = 0; i <= number % 40; ++i)
      out.items.push_back(sample_at(
          source * 2 + static_cast<std::uint32_t>(i % 2),
          static_cast<std::int64_t>(number * 50 + i), static_cast<std::int64_t>(number)
      ));
    return out;
  }
  void send(stamp which) {
    open_.emplace_back(which, begin<post_answer>(historian, batch_of(which)));
  }

  /// What has been answered by now; every answer must be the first one.
  void hear() {
    for (auto& [which, reply] : open_) {
      if (!*reply || !**reply) continue;
      EXPECT_EQ((**reply)->accepted, batch_of(which).items.size());
      EXPECT_TRUE((**reply)->refused.empty());
      acknowledged_.insert(which);
    }
    std::erase_if(open_, [](auto& one) { return one.second->has_value(); });
  }

  void expect_acknowledged_once() {
    auto found = content({0, 1, 2, 3, 4, 5});
    EXPECT_EQ(static_cast<double>(found.size()), tools.numbers->samples_stored.Value());
    for (auto& which : acknowledged_)
      for (auto& one : batch_of(which).items) {
        auto there = found.find({one.series, one.time});
        ASSERT_NE(there, found.end()) << which.first << ' ' << which.second;
        EXPECT_EQ(there->second, one.value);
      }
    std::size_t known = 0;
    for (auto& which : sent_) known += batch_of(which).items.size();
    EXPECT_LE(found.size(), known);
  }

  std::vector<std::pair<stamp, answer<post_answer>>> open_;
  std::set<stamp> acknowledged_;
  std::set<stamp> sent_;
};

TEST_P(history_simulation, stores_each_batch_once_and_loses_none_that_it_acknowledged) {
  std::mt19937_64 draw{GetParam()};
  shuffle(draw());
  sample_limits limits{96 << 10, 32 << 10, {}};
  open(limits);
  std::array<std::uint64_t, sources> next{};
  for (int step = 0; step < 100; ++step) {
    auto source = static_cast<std::uint32_t>(draw() % sources);
    for (auto n = draw() % 4; n > 0; --n) {
      next[source] += 1 + (draw() % 10 == 0 ? draw() % 20 : 0);  // gaps, filled later or never
      sent_.insert({source, next[source]});
      send({source, next[source]});
    }
    if (draw() % 2 == 0 && next[source] > 0) {
      stamp old{source, next[source] - std::min<std::uint64_t>(draw() % 60, next[source] - 1)};
      sent_.insert(old);
      send(old);
      send(old);
    }
    if (draw() % 3 > 0) settle();
    if (draw() % 12 == 0) {
      close(caf::exit_reason::kill);
      open(limits);
    }
    hear();
  }
  settle();
  hear();
  EXPECT_GT(acknowledged_.size(), 30u);
  expect_acknowledged_once();
}
INSTANTIATE_TEST_SUITE_P(seeds, history_simulation, testing::Range(0u, 10u));

}  // namespace
}  // namespace stellwerk
