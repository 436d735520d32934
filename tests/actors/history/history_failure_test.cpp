#include <gtest/gtest.h>

#include <random>

#include "tests/actors/history/history_stage.hpp"
#include "tests/persistence/fault_disk.hpp"
#include "tests/persistence/rollup_check.hpp"

/// The historian on disks that fail, fill up, or lose their power.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct history_failure_test : history_stage {
  void TearDown() override {
    faulty.disk->set(fault_disk::log_sync::works);
    history_stage::TearDown();
  }
  fault_env faulty;
};

struct failing_sync : history_failure_test,
                      testing::WithParamInterface<std::pair<fault_disk::log_sync, errc>> {};

TEST_P(failing_sync, refuses_the_whole_group_takes_nothing_more_and_still_tells_what_it_has) {
  auto [how, code] = GetParam();
  open({}, faulty.env.get());
  ASSERT_TRUE(append({sample_at(1, 1, 1)}));
  faulty.disk->set(how);
  std::vector<answer<post_answer>> group;
  for (int i = 0; i < 5; ++i)
    group.push_back(begin<post_answer>(
        historian, append_samples{nullptr, {}, {sample_at(1, 2 + i, 1)}, {{1, "wrong_type", ""}}}
    ));
  caf::anon_send(historian, record_samples{{sample_at(2, 1, 1)}});
  settle();
  for (auto& one : group) {
    ASSERT_FALSE(**one);
    EXPECT_TRUE(is((*one)->error(), errc::outcome_unknown));
  }
  faulty.disk->set(fault_disk::log_sync::works);
  auto later = append({sample_at(1, 9, 1)});
  ASSERT_FALSE(later);
  EXPECT_TRUE(is(later.error(), code));
  auto& m = *tools.numbers;
  EXPECT_EQ(m.history_healthy.Value(), 0);
  EXPECT_EQ(m.samples_stored.Value(), 1);
  EXPECT_EQ(m.samples_refused.Add({{"reason", "outcome_unknown"}}).Value(), 11);
  EXPECT_EQ(m.samples_refused.Add({{"reason", std::string{row_of(code).name}}}).Value(), 1);
  EXPECT_EQ(m.samples_received.Value(), 13);
  EXPECT_EQ(content({1, 2}).size(), 1u);
  auto latest = ask<latest_values>(historian, read_latest{{1, 2}});
  ASSERT_TRUE(latest);
  EXPECT_EQ(latest->items.size(), 1u);
}
INSTANTIATE_TEST_SUITE_P(
    ways, failing_sync,
    testing::Values(
        std::pair{fault_disk::log_sync::fails, errc::internal},
        std::pair{fault_disk::log_sync::full, errc::storage_full}
    )
);

TEST_F(history_failure_test, shows_what_it_has_no_room_for_and_stores_again_when_there_is) {
  open({}, faulty.env.get());
  ASSERT_TRUE(append({sample_at(1, 1, 1)}));
  auto newest = [&] {
    auto told = ask<latest_values>(historian, read_latest{{2}});
    return told && !told->items.empty() ? told->items[0].value : value{};
  };
  faulty.disk->leave_free((128 << 20) - 1);  // twice the reserve is wanted
  advance(250ms);
  auto refused = append({sample_at(1, 2, 2)});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::storage_full));
  caf::anon_send(historian, record_samples{{sample_at(2, 1, 7.5)}});
  settle();
  EXPECT_EQ(newest(), value{7.5});
  EXPECT_EQ(content({1, 2}).size(), 1u);
  auto& m = *tools.numbers;
  EXPECT_EQ(m.samples_refused.Add({{"reason", "storage_full"}}).Value(), 2);
  EXPECT_EQ(m.samples_received.Value(), 3);
  EXPECT_EQ(m.history_healthy.Value(), 1);

  faulty.disk->leave_free(128 << 20);
  advance(250ms);
  EXPECT_TRUE(append({sample_at(1, 2, 2)}));
  caf::anon_send(historian, record_samples{{sample_at(2, 2, 8.5)}});
  settle();
  EXPECT_EQ(newest(), value{8.5});
  EXPECT_EQ(content({1, 2}).size(), 3u);
}

/// Appends until a moment drawn from `seed`, pulls the plug, and says how many of the samples that
/// were answered are missing afterwards.
struct history_power_test : history_failure_test, testing::WithParamInterface<std::uint64_t> {
  int lost(fault_disk::log_sync how) {
    std::mt19937_64 draw{GetParam()};
    open({256 << 10, 64 << 10, {}}, faulty.env.get());
    faulty.disk->set(how);
    std::map<series_time, value> answered;
    for (auto n = 1 + draw() % 60; n > 0; --n) {
      samples items;
      for (auto count = draw() % 700; count > 0; --count) {
        auto series = static_cast<std::uint32_t>(1 + draw() % 3);
        auto ms = static_cast<std::int64_t>(draw() % 1'000'000);
        items.push_back(sample_at(series, ms, static_cast<double>(draw())));
      }
      auto kept = items;
      EXPECT_TRUE(append(std::move(items), source_stamp{"p/s", 0, n}));
      for (auto& one : kept) answered[{one.series, one.time}] = one.value;
      if (draw() % 8 == 0) advance(2s);  // the watermark follows
    }
    temporary_folder after;
    faulty.disk->copy_without_power(folder.path() / "history", after.path() / "history");
    close();
    std::filesystem::remove_all(folder.path() / "history");
    std::filesystem::copy(
        after.path() / "history", folder.path() / "history",
        std::filesystem::copy_options::recursive
    );
    open();
    int missing = 0;
    auto found = content({1, 2, 3});
    for (auto& [key, what] : answered) {
      auto there = found.find(key);
      missing += there == found.end() || !(there->second == what);
    }
    EXPECT_LE(found.size(), answered.size());
    expect_right_rollups(*opened.lock(), 4);
    return missing;
  }
};

TEST_P(history_power_test, loses_nothing_that_was_answered) {
  EXPECT_EQ(lost(fault_disk::log_sync::works), 0);
}
INSTANTIATE_TEST_SUITE_P(seeds, history_power_test, testing::Range<std::uint64_t>(0, 10));

/// Without the sync the same test sees loss, or the history refuses to open since it has less than
/// its watermark vouches for.
struct history_power_counterproof : history_power_test {};
TEST_P(history_power_counterproof, sees_the_loss_of_a_disk_that_does_not_sync) {
  try {
    EXPECT_GT(lost(fault_disk::log_sync::lies), 0);
  } catch (const storage_error& why) {
    EXPECT_NE(std::string{why.what()}.find("was durable"), std::string::npos) << why.what();
  }
}
INSTANTIATE_TEST_SUITE_P(seeds, history_power_counterproof, testing::Range<std::uint64_t>(0, 5));

}  // namespace
}  // namespace stellwerk
