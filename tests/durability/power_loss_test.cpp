#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "persistence/data_check.hpp"
#include "tests/durability/recorded_history.hpp"
#include "tests/durability/recorded_store.hpp"
#include "tests/durability/rough_disk.hpp"
#include "tests/rounds.hpp"
#include "tests/temporary_folder.hpp"

/// The writers on disks that lose their power or fail.
namespace stellwerk {
namespace {

constexpr int groups_max = 60;

template <class Recorded>
class rough_disk_test : public testing::Test {
 protected:
  static std::string database() {
    return std::is_same_v<Recorded, recorded_store> ? "store" : "history";
  }

  /// Writes until the power goes at a moment drawn from `seed`, and looks at what is left.
  static finding after_power_loss(std::uint64_t seed, bool lies) {
    std::mt19937_64 draw{seed};
    temporary_folder data, after;
    rough_env rough{seed};
    if (lies) rough.disk->lie();
    Recorded made{data.path(), rough.env.get()};
    std::size_t least = 0;
    rough.disk->lose_power(
        1 + draw() % 400, data.path() / database(), after.path() / database(),
        [&] { least = made.acknowledged; }
    );
    for (int group = 0; group < groups_max && !rough.disk->lost_power(); ++group) {
      EXPECT_TRUE(made.write(draw));
      if (draw() % 6 == 0) made.write_mark();
      auto flushes = draw() % 10 == 0;
      EXPECT_TRUE(!flushes || made.flush(draw() % Recorded::families));
    }
    if (!rough.disk->lost_power()) return {outcome::harmless, "the power stayed on"};
    return made.look(after.path(), least);
  }
};
using all_recorded = testing::Types<recorded_store, recorded_history>;
TYPED_TEST_SUITE(rough_disk_test, all_recorded);

TYPED_TEST(rough_disk_test, loses_nothing_acknowledged_with_the_power) {
  std::array<int, outcome_names.size()> counts{};
  auto count = rounds(100, 2'000);
  for (int seed = 0; seed < count; ++seed) {
    auto seen = this->after_power_loss(static_cast<std::uint64_t>(seed), false);
    ++counts[static_cast<std::size_t>(seen.what)];
    EXPECT_TRUE(seen.what == outcome::harmless || seen.what == outcome::tail_lost)
        << "seed " << seed << ": " << outcome_names[static_cast<std::size_t>(seen.what)] << ", "
        << seen.why;
  }
  std::cout << count << " power losses: " << counts[0] << " with all of it there, " << counts[1]
            << " without what was never acknowledged\n";
}

/// Else the test above would prove nothing.
TYPED_TEST(rough_disk_test, sees_the_loss_of_a_disk_that_does_not_sync) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto seen = this->after_power_loss(seed, true);
    lost += seen.what != outcome::harmless;
  }
  EXPECT_GT(lost, 0);
  std::cout << lost << " of 20 power losses without a sync lost something\n";
}

/// Without a watermark that would tell.
TYPED_TEST(rough_disk_test, drops_a_hole_in_the_log_only_where_nothing_was_synced_behind_it) {
  constexpr std::size_t groups = 6;
  for (std::size_t hole = 0; hole < groups; ++hole) {
    std::mt19937_64 draw{hole};
    temporary_folder data;
    TypeParam made{data.path()};
    std::vector<std::uintmax_t> ends{0};
    std::filesystem::path log;
    for (auto& file : std::filesystem::directory_iterator{data.path() / this->database()})
      if (file.path().extension() == ".log") log = file.path();
    for (std::size_t group = 0; group < groups; ++group) {
      ASSERT_TRUE(made.write(draw));
      ends.push_back(std::filesystem::file_size(log));
    }
    made.close();
    std::fstream out{log, std::ios::binary | std::ios::in | std::ios::out};
    auto in_head = ends[hole] + 4;
    auto in_body = ends[hole] + (ends[hole + 1] - ends[hole]) / 3;
    out.seekp(static_cast<std::streamoff>(draw() % 2 == 0 ? in_head : in_body));
    out << "\xff\xff\xff" << std::flush;
    auto last = hole + 1 == groups;
    auto checked = check_data(data.path());
    EXPECT_EQ(std::ranges::any_of(checked, &damage::harms), !last) << "hole in group " << hole;
    auto seen = made.look(data.path(), 0);
    EXPECT_EQ(seen.what, last ? outcome::tail_lost : outcome::refused)
        << "hole in group " << hole << ": " << seen.why;
  }
}

TYPED_TEST(rough_disk_test, acknowledges_nothing_after_a_sync_that_failed) {
  int failures = 0;
  for (std::uint64_t n = 1; n <= 50; ++n) {
    std::mt19937_64 draw{n};
    temporary_folder data;
    rough_env rough{n};
    TypeParam made{data.path(), rough.env.get()};
    rough.disk->fail_sync(n);
    bool stopped = false;
    for (int group = 0; group < groups_max; ++group) {
      auto done = made.write(draw) && (draw() % 4 != 0 || made.flush(draw() % TypeParam::families));
      EXPECT_FALSE(done && stopped) << "sync " << n << ", group " << group;
      stopped = stopped || !done;
    }
    EXPECT_TRUE(rough.disk->failed_a_sync());
    failures += stopped;
    auto acknowledged = made.acknowledged.load();
    made.close();
    auto seen = made.look(data.path(), acknowledged);
    EXPECT_TRUE(seen.what == outcome::harmless || seen.what == outcome::tail_lost)
        << "sync " << n << ": " << seen.why;
  }
  EXPECT_GE(failures, 40);  // the sync for a seal, one in each flush, stops nothing
}

TYPED_TEST(rough_disk_test, survives_a_disk_of_which_one_operation_in_a_hundred_fails) {
  std::size_t acknowledged = 0;
  int stops = 0;
  auto count = rounds(50, 500);
  for (int seed = 0; seed < count; ++seed) {
    std::mt19937_64 draw{static_cast<std::uint64_t>(seed)};
    temporary_folder data;
    rough_env rough{static_cast<std::uint64_t>(seed)};
    TypeParam made{data.path(), rough.env.get()};
    rough.disk->fail(0.01);
    bool goes_on = true;
    for (int group = 0; group < groups_max && goes_on; ++group)
      goes_on = made.write(draw) && (draw() % 4 != 0 || made.flush(draw() % TypeParam::families));
    stops += !goes_on;
    made.close();
    rough.disk->fail(0);
    auto seen = made.look(data.path(), made.acknowledged);
    EXPECT_TRUE(seen.what == outcome::harmless || seen.what == outcome::tail_lost)
        << "seed " << seed << ": " << seen.why;
    acknowledged += made.acknowledged;
  }
  EXPECT_GT(stops, count / 4);
  std::cout << count << " runs, " << stops << " ended by an error, " << acknowledged
            << " groups acknowledged and found again\n";
}

}  // namespace
}  // namespace stellwerk
