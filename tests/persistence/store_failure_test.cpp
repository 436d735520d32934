#include <random>

#include "tests/persistence/fault_disk.hpp"
#include "tests/persistence/store_stage.hpp"

/// The embedded store on disks that fail, fill up, or lose their power.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct store_failure_test : store_stage {
  void open_on_faulty_disk() {
    auto db = open_store(folder.path(), faulty.env.get());
    store = spawn(rocksdb_store, db, store_options{}, tools);
    reader = own(store_reader_actor{sys.spawn(store_reader, db, export_seal{}, store, tools)});
    settle();
  }
  void TearDown() override {
    faulty.disk->set(fault_disk::log_sync::works);
    store_stage::TearDown();
  }

  /// How many of the commits that were answered are not in the store on this folder.
  int missing(const std::map<std::string, std::string>& answered, const std::filesystem::path& in) {
    auto made = embedded.open(sys, in, {}, tools);
    store = own(std::move(made.store));
    reader = own(std::move(made.reader));
    int count = 0;
    for (auto& [key, value] : answered) {
      auto found = scanned({key, {}, 1, false});
      count += found.items.empty() || found.items.front().value != value;
    }
    auto verdict = ask<journal_verdict>(reader, read_verdict{});
    EXPECT_TRUE(verdict && verdict->ok);
    close();
    return count;
  }
  fault_env faulty;
};

TEST_F(store_failure_test, refuses_the_whole_group_after_a_failed_sync_and_takes_nothing_more) {
  open_on_faulty_disk();
  put("before", "1");
  for (auto [how, code] :
       {std::pair{fault_disk::log_sync::fails, errc::internal},
        std::pair{fault_disk::log_sync::full, errc::storage_full}}) {
    faulty.disk->set(how);
    std::vector<answer<committed>> group;
    for (int i = 0; i < 5; ++i)
      group.push_back(begin<committed>(
          store, commit{{}, {{"group" + std::to_string(i), "1"}}, {event_about("x")}, {}}
      ));
    settle();
    for (auto& one : group) {
      ASSERT_FALSE(**one);
      EXPECT_TRUE(is((*one)->error(), errc::outcome_unknown));
    }
    EXPECT_EQ(tools.numbers->store_healthy.Value(), 0);
    faulty.disk->set(fault_disk::log_sync::works);
    auto later = apply({{}, {{"later", "1"}}, {}, {}});
    ASSERT_FALSE(later);
    EXPECT_TRUE(is(later.error(), code));
    EXPECT_EQ(keys({}), std::vector<std::string>{"before"});  // reads go on
    EXPECT_TRUE(journal().empty());
    close();
    std::filesystem::remove_all(folder.path() / "store");
    open_on_faulty_disk();
    EXPECT_EQ(tools.numbers->store_healthy.Value(), 1);
    put("before", "1");
  }
}

TEST_F(store_failure_test, gives_up_what_can_wait_then_all_and_goes_on_when_there_is_room) {
  open_on_faulty_disk();
  auto once = once_key{"ada", "create", "key", "hash", "the-id"};
  commit deferrable{{}, {{"a", "1"}}, {}, once, true};
  ASSERT_TRUE(apply(deferrable));
  commit another{{}, {{"b", "1"}}, {}, {}, true};
  commit essential{{}, {{"c", "1"}}, {event_about("c")}, {}};
  constexpr std::uint64_t reserve = 64 << 20;
  struct row {
    std::uint64_t free;
    bool can_wait;
    bool cannot;
  };
  for (auto [free, can_wait, cannot] :
       {row{reserve, true, true}, row{reserve - 1, false, true}, row{reserve / 16, false, true},
        row{reserve / 16 - 1, false, false}, row{0, false, false}, row{reserve, true, true}}) {
    faulty.disk->leave_free(free);
    advance(250ms);
    EXPECT_EQ(bool(apply(another)), can_wait) << free;
    auto told = apply(essential);
    EXPECT_EQ(bool(told), cannot) << free;
    EXPECT_TRUE(told || is(told.error(), errc::storage_full));
    auto replayed = apply(deferrable);  // done before: that is told at any time
    ASSERT_TRUE(replayed) << free;
    EXPECT_EQ(replayed->replayed, "the-id");
  }
  EXPECT_EQ(tools.numbers->store_healthy.Value(), 1);
}

TEST_F(store_failure_test, vouches_for_nothing_that_a_failed_write_left_half_done) {
  open_on_faulty_disk();
  put("a", "1");  // its watermark is due in a second
  faulty.disk->set(fault_disk::log_sync::fails);
  EXPECT_FALSE(apply({{}, {{"b", "1"}}, {}, {}}));
  advance(2s);
  close();
  temporary_folder after;
  faulty.disk->copy_without_power(folder.path() / "store", after.path() / "store");
  EXPECT_EQ(missing({{"a", "1"}}, after.path()), 0);
}

/// Commits until a moment drawn from `seed`, pulls the plug, and says how many of the commits that
/// were answered are missing afterwards.
struct power_loss_test : store_failure_test, testing::WithParamInterface<std::uint64_t> {
  int lost(fault_disk::log_sync how) {
    std::mt19937_64 draw{GetParam()};
    open_on_faulty_disk();
    faulty.disk->set(how);
    std::map<std::string, std::string> answered;
    for (auto n = 1 + draw() % 40; n > 0; --n) {
      auto key = std::to_string(draw() % 10);
      auto value = std::to_string(draw()) + std::string(draw() % 100'000, 'v');
      put(key, value);
      tell({event_about(key)});
      answered[key] = value;
      if (draw() % 8 == 0) advance(2s);  // the watermark follows
    }
    begin<committed>(store, commit{{}, {{"unanswered", "1"}}, {}, {}});
    temporary_folder after;
    faulty.disk->copy_without_power(folder.path() / "store", after.path() / "store");
    close();
    return missing(answered, after.path());
  }
};

TEST_P(power_loss_test, loses_nothing_that_was_answered) {
  EXPECT_EQ(lost(fault_disk::log_sync::works), 0);
}

/// Without the sync the same test sees loss, or the store refuses to open since it has less than
/// its watermark vouches for.
struct power_loss_counterproof : power_loss_test {};
TEST_P(power_loss_counterproof, sees_the_loss_of_a_disk_that_does_not_sync) {
  try {
    EXPECT_GT(lost(fault_disk::log_sync::lies), 0);
  } catch (const storage_error& why) {
    EXPECT_NE(std::string{why.what()}.find("was durable"), std::string::npos) << why.what();
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, power_loss_test, testing::Range<std::uint64_t>(0, 20));
INSTANTIATE_TEST_SUITE_P(seeds, power_loss_counterproof, testing::Range<std::uint64_t>(0, 5));

}  // namespace
}  // namespace stellwerk
