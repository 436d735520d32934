#include "actors/history/ingest.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "actors/model/error.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

constexpr wall_time now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

context_ptr caller(grants given) {
  call_context made;
  made.caller =
      std::make_shared<principal>(principal{principal_kind::user, "p-1", "", std::move(given)});
  return std::make_shared<const call_context>(std::move(made));
}

permission_set only(permission what) {
  permission_set set;
  set.set(static_cast<std::size_t>(what));
  return set;
}

struct ingest_test : testing::Test {
  ingest_test() {
    add("rig/level", 1, value_type::float_);
    add("rig/count", 2, value_type::int_);
    add("rig/open", 3, value_type::bool_);
    add("rig/state", 4, value_type::string_);
    add("plc/level", 5, value_type::float_, [](auto& c) { c.pushed = false; });
    add("off/level", 6, value_type::float_, [](auto& c) { c.enabled = false; });
    add("seen/level", 7, value_type::float_, [](auto& c) { c.device_id = "d-seen"; });
    add("secret/level", 8, value_type::float_, [](auto& c) { c.device_id = "d-secret"; });
  }
  template <class F>
  void add(const char* name, std::uint32_t series, value_type type, F change) {
    named_channel one;
    one.series = series;
    one.device_id = "d-rig";
    one.tags = std::make_shared<const std::vector<std::string>>(1, "lab");
    one.type = type;
    one.pushed = true;
    change(one);
    table.put(name, one);
  }
  void add(const char* name, std::uint32_t series, value_type type) {
    add(name, series, type, [](auto&) {});
  }

  append_samples take(std::vector<pushed_sample> items) {
    post_samples posted;
    posted.context = context;
    posted.samples = std::move(items);
    auto taken = ingest(posted, names, "main", now);
    if (!taken) {
      ADD_FAILURE() << render(taken.error());
      return {};
    }
    EXPECT_EQ(taken->items.size() + taken->refused.size(), posted.samples.size());
    return std::move(*taken);
  }
  /// The code that the only item is refused with; empty if it is taken.
  std::string code_of(pushed_sample one) {
    auto taken = take({std::move(one)});
    return taken.refused.empty() ? "" : taken.refused.front().code;
  }

  published<named_channel> table;
  published<named_channel>::reader names{table};
  context_ptr context = caller(
      {{only(permission::sample_write), "tag:nothing"},
       {only(permission::sample_write), "device:d-rig"},
       {only(permission::sample_read), "device:d-seen"}}
  );
};

TEST_F(ingest_test, names_the_series_and_keeps_time_and_quality) {
  auto taken =
      take({{"rig/level", now - 5s, 1.5, quality::substituted}, {"rig/open", {}, true, {}}});
  ASSERT_EQ(taken.items.size(), 2u);
  EXPECT_EQ(taken.context, context);
  EXPECT_EQ(taken.items[0].series, 1u);
  EXPECT_EQ(taken.items[0].time, now - 5s);
  EXPECT_EQ(taken.items[0].quality, quality::substituted);
  EXPECT_EQ(taken.items[1].time, now);
  EXPECT_EQ(taken.items[1].quality, quality::good);
  EXPECT_FALSE(taken.stamp);
}

TEST_F(ingest_test, converts_values_to_the_type_of_the_channel_or_refuses_them) {
  struct row {
    const char* channel;
    value given;
    value taken;  // empty: refused
  };
  const std::vector<row> table_of_values{
      {"rig/level", 3, 3.0},   {"rig/level", 2.5, 2.5},
      {"rig/level", true, {}}, {"rig/level", "3", {}},
      {"rig/count", 3, 3},     {"rig/count", 3.0, 3},
      {"rig/count", 3.5, {}},  {"rig/open", false, false},
      {"rig/open", 1, {}},     {"rig/state", "on", "on"},
      {"rig/state", 1, {}},    {"rig/state", std::string(1025, 'x'), {}},
  };
  for (auto& one : table_of_values) {
    auto taken = take({{one.channel, {}, one.given, {}}});
    if (one.taken.empty()) {
      ASSERT_EQ(taken.refused.size(), 1u) << one.channel;
      EXPECT_EQ(taken.refused[0].code, "wrong_type");
    } else {
      ASSERT_EQ(taken.items.size(), 1u) << one.channel;
      EXPECT_EQ(taken.items[0].value, one.taken);
    }
  }
}

TEST_F(ingest_test, refuses_with_the_code_of_the_first_rule_that_is_broken) {
  EXPECT_EQ(code_of({"rig/level", {}, 1.0, {}}), "");
  EXPECT_EQ(code_of({"rig/nothing", {}, 1.0, {}}), "unknown_channel");
  EXPECT_EQ(code_of({"secret/level", {}, 1.0, {}}), "unknown_channel");
  EXPECT_EQ(code_of({"seen/level", {}, 1.0, {}}), "not_permitted");
  EXPECT_EQ(code_of({"plc/level", {}, "wrong too", {}}), "not_pushed");
  EXPECT_EQ(code_of({"off/level", {}, 1.0, {}}), "device_disabled");
  auto inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(code_of({"rig/level", {}, inf, {}}), "not_finite");
  EXPECT_EQ(code_of({"rig/level", {}, std::nan(""), {}}), "not_finite");
}

TEST_F(ingest_test, takes_times_from_2000_to_ten_minutes_ahead) {
  wall_time first = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
  EXPECT_EQ(code_of({"rig/level", first - 1ms, 1.0, {}}), "out_of_time");
  EXPECT_EQ(code_of({"rig/level", first, 1.0, {}}), "");
  EXPECT_EQ(code_of({"rig/level", now + 10min, 1.0, {}}), "");
  EXPECT_EQ(code_of({"rig/level", now + 10min + 1ms, 1.0, {}}), "out_of_time");
}

TEST_F(ingest_test, refuses_an_item_without_refusing_its_neighbours) {
  auto taken = take({
      {"rig/level", now, 1.0, {}},
      {"rig/nothing", now, 1.0, {}},
      {"rig/level", now, 2.0, {}},
      {"rig/level", now + 1ms, 3.0, {}},
      {"rig/count", now, 4, {}},
  });
  ASSERT_EQ(taken.items.size(), 3u);
  EXPECT_EQ(taken.items[0].value, value{1.0});
  ASSERT_EQ(taken.refused.size(), 2u);
  EXPECT_EQ(taken.refused[0].index, 1u);
  EXPECT_EQ(taken.refused[1].index, 2u);
  EXPECT_EQ(taken.refused[1].code, "duplicate_in_batch");
}

TEST_F(ingest_test, stamps_with_the_principal_so_that_sources_cannot_be_forged) {
  post_samples posted;
  posted.context = context;
  posted.samples = {{"rig/level", now, 1.0, {}}};
  posted.source = "gate";
  posted.epoch = 3;
  posted.seq = 9;
  auto taken = ingest(posted, names, "main", now);
  ASSERT_TRUE(taken && taken->stamp);
  EXPECT_EQ(taken->stamp->source, "p-1/gate");
  EXPECT_EQ(taken->stamp->epoch, 3u);
  EXPECT_EQ(taken->stamp->seq, 9u);
}

TEST_F(ingest_test, refuses_bodies_that_are_too_small_too_large_or_half_stamped) {
  auto posted_with = [&](std::size_t count) {
    post_samples posted;
    posted.context = context;
    for (std::size_t i = 0; i < count; ++i)
      posted.samples.push_back({"rig/level", now - std::chrono::milliseconds{i}, 1.0, {}});
    return posted;
  };
  auto path_of_problem = [&](const post_samples& posted) -> std::string {
    auto taken = ingest(posted, names, "main", now);
    if (taken) return "";
    EXPECT_EQ(refusal_of(taken.error()).code, errc::invalid);
    return refusal_of(taken.error()).errors.at(0).path;
  };
  EXPECT_EQ(path_of_problem(posted_with(0)), "samples");
  EXPECT_EQ(path_of_problem(posted_with(1)), "");
  EXPECT_EQ(path_of_problem(posted_with(10'000)), "");
  EXPECT_EQ(path_of_problem(posted_with(10'001)), "samples");
  auto half = posted_with(1);
  half.source = "gate";
  EXPECT_EQ(path_of_problem(half), "seq");
  half.source.reset();
  half.seq = 1;
  EXPECT_EQ(path_of_problem(half), "source");
}

}  // namespace
}  // namespace stellwerk
