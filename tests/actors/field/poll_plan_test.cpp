#include "actors/field/poll_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace stellwerk {
namespace {

std::vector<plan_point> points_at(const std::vector<int>& firsts) {
  std::vector<plan_point> all;
  for (auto first : firsts)
    all.push_back(
        {static_cast<std::uint32_t>(all.size()), register_table::holding,
         static_cast<std::uint16_t>(first), 1}
    );
  return all;
}

std::vector<plan_point> row_of(
    int count, int step = 1, register_table table = register_table::holding
) {
  std::vector<plan_point> all;
  for (int i = 0; i < count; ++i)
    all.push_back({static_cast<std::uint32_t>(i), table, static_cast<std::uint16_t>(i * step), 1});
  return all;
}

TEST(poll_plan, reads_100_neighbours_with_one_request) {
  auto plan = plan_reads(row_of(100), 8);
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan[0].first, 0);
  EXPECT_EQ(plan[0].count, 100);
  EXPECT_EQ(plan[0].points.size(), 100u);
}

TEST(poll_plan, keeps_to_the_protocols_limits) {
  EXPECT_EQ(plan_reads(row_of(125), 0).size(), 1u);
  EXPECT_EQ(plan_reads(row_of(126), 0).size(), 2u);
  EXPECT_EQ(plan_reads(row_of(2000, 1, register_table::coil), 0).size(), 1u);
  EXPECT_EQ(plan_reads(row_of(2001, 1, register_table::coil), 0).size(), 2u);
}

TEST(poll_plan, reads_in_vain_only_up_to_the_gap) {
  EXPECT_EQ(plan_reads(points_at({0, 9}), 8).size(), 1u);
  EXPECT_EQ(plan_reads(points_at({0, 10}), 8).size(), 2u);
  EXPECT_EQ(plan_reads(points_at({0, 2}), 0).size(), 2u);
}

TEST(poll_plan, never_mixes_tables) {
  auto all = row_of(2);
  all.push_back({9, register_table::input, 0, 1});
  EXPECT_EQ(plan_reads(all, 64).size(), 2u);
}

TEST(poll_plan, takes_nothing_for_nothing) { EXPECT_TRUE(plan_reads({}, 8).empty()); }

/// Cheapest cover by dynamic programming over the points in order of address.
std::size_t fewest(std::vector<plan_point> points, std::uint16_t gap) {
  std::ranges::sort(points, {}, [](auto& p) { return std::pair{p.first, p.count}; });
  std::vector<std::size_t> best(points.size() + 1, 0);
  for (std::size_t to = 1; to <= points.size(); ++to) {
    best[to] = best[to - 1] + 1;
    auto fits = [&](std::size_t from) {
      auto end = points[from].end();
      for (auto i = from + 1; i < to; ++i) {
        if (points[i].first > end + gap) return false;
        end = std::max(end, points[i].end());
      }
      return end - points[from].first <= registers_max;
    };
    for (std::size_t from = 0; from + 1 < to; ++from)
      if (fits(from)) best[to] = std::min(best[to], best[from] + 1);
  }
  return best[points.size()];
}

TEST(poll_plan, of_any_points_is_whole_within_limits_and_the_shortest) {
  auto draw = [engine = std::mt19937{3}]() mutable { return static_cast<std::uint32_t>(engine()); };
  for (int round = 0; round < 3000; ++round) {
    auto gap = static_cast<std::uint16_t>(draw() % 65);
    std::vector<plan_point> points;
    auto spread = 10u << draw() % 9;
    for (auto n = draw() % 40; n > 0; --n) {
      auto count = draw() % 10 == 0 ? 1 + draw() % 125 : 1 + draw() % 4;
      points.push_back(
          {n, register_table::holding, static_cast<std::uint16_t>(draw() % spread),
           static_cast<std::uint16_t>(count)}
      );
    }
    std::set<std::uint32_t> seen;
    auto plan = plan_reads(points, gap);
    for (auto& r : plan) {
      EXPECT_LE(r.count, registers_max);
      for (auto& p : r.points) {
        EXPECT_TRUE(seen.insert(p.id).second);
        EXPECT_GE(p.first, r.first);
        EXPECT_LE(p.end(), r.first + std::uint32_t{r.count});
      }
    }
    EXPECT_EQ(seen.size(), points.size());
    EXPECT_EQ(plan.size(), fewest(points, gap)) << "round " << round;
  }
}

/// A unit that refuses every read that touches one of its holes.
struct holey_unit {
  std::set<std::uint32_t> holes;
  int requests = 0;

  bool refuses(const read_request& r) {
    ++requests;
    auto hole = holes.lower_bound(r.first);
    return hole != holes.end() && *hole < r.first + std::uint32_t{r.count};
  }
};

/// Polls once; the ids of points that are bad.
std::set<std::uint32_t> poll(
    holey_unit& unit, const std::vector<plan_point>& points, std::uint16_t gap,
    address_holes& learnt
) {
  std::set<std::uint32_t> bad;
  auto open = plan_reads(points, gap, learnt);
  while (!open.empty()) {
    auto asked = open.back();
    open.pop_back();
    if (!unit.refuses(asked)) {
      learnt.answered(asked);
    } else if (learnt.refused(asked)) {
      for (auto& part : plan_reads(asked.points, gap, learnt)) open.push_back(part);
    } else {
      for (auto& p : asked.points) bad.insert(p.id);
    }
    if (unit.requests > 100'000) break;
  }
  return bad;
}

TEST(address_holes, are_split_off_until_only_the_bad_point_is_bad) {
  holey_unit unit{{37}};
  address_holes learnt;
  auto points = row_of(100);
  EXPECT_EQ(poll(unit, points, 8, learnt), std::set<std::uint32_t>{37});
  unit.requests = 0;
  EXPECT_EQ(poll(unit, points, 8, learnt), std::set<std::uint32_t>{37});
  EXPECT_EQ(unit.requests, 3) << "before it, it, behind it";
}

TEST(address_holes, heal_when_the_unit_gets_the_address) {
  holey_unit unit{{37}};
  address_holes learnt;
  auto points = row_of(100);
  poll(unit, points, 8, learnt);
  unit.holes.clear();
  EXPECT_TRUE(poll(unit, points, 8, learnt).empty());
  unit.requests = 0;
  EXPECT_TRUE(poll(unit, points, 8, learnt).empty());
  EXPECT_EQ(unit.requests, 1);
}

TEST(address_holes, in_a_gap_cost_one_request_more_for_ever) {
  holey_unit unit{{12}};
  address_holes learnt;
  auto points = points_at({10, 11, 13, 14});
  EXPECT_TRUE(poll(unit, points, 8, learnt).empty());
  unit.requests = 0;
  EXPECT_TRUE(poll(unit, points, 8, learnt).empty());
  EXPECT_EQ(unit.requests, 2);
}

TEST(address_holes, of_points_that_overlap_spare_the_others) {
  holey_unit unit{{11}};
  address_holes learnt;
  std::vector<plan_point> points{
      {1, register_table::holding, 10, 1},
      {2, register_table::holding, 10, 2},
      {3, register_table::holding, 10, 1},
      {4, register_table::holding, 12, 1}};
  EXPECT_EQ(poll(unit, points, 8, learnt), std::set<std::uint32_t>{2});
  EXPECT_EQ(poll(unit, points, 8, learnt), std::set<std::uint32_t>{2});
}

TEST(address_holes, anywhere_leave_exactly_the_points_that_touch_them_bad) {
  auto draw = [engine = std::mt19937{5}]() mutable { return static_cast<std::uint32_t>(engine()); };
  for (int round = 0; round < 1000; ++round) {
    holey_unit unit;
    for (auto n = draw() % 6; n > 0; --n) unit.holes.insert(draw() % 150);
    std::vector<plan_point> points;
    std::set<std::uint32_t> touched;
    for (std::uint32_t id = 0, n = draw() % 60; id < n; ++id) {
      plan_point p{
          id, register_table::holding, static_cast<std::uint16_t>(draw() % 150),
          static_cast<std::uint16_t>(1 + draw() % 4)};
      for (auto h : unit.holes)
        if (h >= p.first && h < p.end()) touched.insert(id);
      points.push_back(p);
    }
    auto gap = static_cast<std::uint16_t>(draw() % 20);
    address_holes learnt;
    for (int again = 0; again < 3; ++again)
      EXPECT_EQ(poll(unit, points, gap, learnt), touched) << "round " << round;
    EXPECT_LT(unit.requests, 1500) << "round " << round;
  }
}

}  // namespace
}  // namespace stellwerk
