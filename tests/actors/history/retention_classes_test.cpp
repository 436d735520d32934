#include "persistence/retention_classes.hpp"

#include "persistence/retention_records.hpp"
#include "tests/actors/history/retention_stage.hpp"

/// What is deleted by the class of a series, on virtual time and a real database.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

struct retention_classes_test : retention_stage {
  void SetUp() override {
    keeps = retention_rule{{{days{2}, days{0}}, {}}, 0};
    classes()["energy"] = {days{4}, days{0}};
    classes()["audit"] = {days{0}, days{0}};
    words = {{1, ""}, {2, "energy"}, {3, "audit"}};
  }
  std::map<std::string, retention_class>& classes() { return keeps->classes.named; }
  void open_filled(std::initializer_list<std::uint32_t> all) {
    open(closes_at_once);
    for (auto series : all) fill(series, 240);
  }
  void open_again() {
    close(caf::exit_reason::kill);
    open(closes_at_once);
  }
  /// Which of them are taken now.
  std::vector<std::uint32_t> take(int hours, std::initializer_list<std::uint32_t> series) {
    std::vector<std::uint32_t> taken;
    for (auto one : series) {
      auto late = sample_ago(one, hours);
      late.time += 5s;
      auto told = append({late});
      EXPECT_TRUE(told);
      if (!told) continue;
      if (told->accepted == 1) {
        taken.push_back(one);
        continue;
      }
      EXPECT_EQ(told->refused.at(0).code, "too_old");
    }
    return taken;
  }
  /// A day passes: so much more is over.
  void pass_a_day() {
    for (int hour = 0; hour < 24; ++hour) {
      ASSERT_TRUE(append({{9, quality::good, *wall, 1.0}}));
      advance(1h);
    }
  }
};

using series_list = std::vector<std::uint32_t>;

TEST_F(retention_classes_test, each_series_goes_by_its_own) {
  open_filled({1, 2, 3});
  auto counts = counted(2, 240);
  advance(2min);
  EXPECT_EQ(oldest(1), hours_ago(49));
  EXPECT_EQ(oldest(2), hours_ago(97));
  EXPECT_EQ(oldest(3), hours_ago(240));
  for (auto series : {1u, 2u, 3u}) EXPECT_EQ(counted(series, 240), counts) << series;
  EXPECT_EQ(journal->events.size(), 1u);
}

TEST_F(retention_classes_test, late_samples_are_refused_only_where_their_series_is_gone) {
  open_filled({1, 2, 3});
  advance(2min);
  EXPECT_EQ(take(60, {1, 2, 3, 4}), (series_list{2, 3, 4}));
  EXPECT_EQ(take(120, {1, 2, 3}), (series_list{3}));
  open_again();
  EXPECT_EQ(take(61, {1, 2, 3}), (series_list{2, 3}));
  EXPECT_EQ(take(121, {1, 2, 3}), (series_list{3}));
}

TEST_F(retention_classes_test, late_samples_count_once_in_roll_ups_whatever_is_gone_elsewhere) {
  open_filled({1, 2});
  advance(2min);
  auto before = counted(2, 240);
  auto late = sample_ago(2, 60);
  late.time += 5s;
  for (int again = 0; again < 2; ++again) {
    caf::anon_send(historian, record_samples{{late}});
    advance(5s);
  }
  EXPECT_EQ(counted(2, 240), before + 1) << "made anew of samples, not added twice";
}

TEST_F(retention_classes_test, roll_ups_go_by_it_too) {
  keeps->classes.unnamed = {days{1}, days{5}};
  classes() = {{"energy", {days{1}, days{0}}}};
  open_filled({1, 2});
  auto counts = counted(2, 240);
  advance(2min);
  EXPECT_EQ(counted(1, 240, 168), 0u);
  EXPECT_EQ(counted(2, 240), counts);
}

TEST_F(retention_classes_test, an_unknown_one_means_the_longest) {
  classes() = {{"energy", {days{4}, days{0}}}};
  words = {{1, ""}, {2, "enrgy"}};  // and none is known of series 3
  open_filled({1, 2, 3});
  advance(2min);
  EXPECT_EQ(oldest(1), hours_ago(49));
  EXPECT_EQ(oldest(2), hours_ago(97));
  EXPECT_EQ(oldest(3), hours_ago(97));
  classes()["audit"] = {};
  open_again();
  pass_a_day();
  EXPECT_EQ(oldest(2), hours_ago(97)) << "for ever is longer than any number";
}

TEST_F(retention_classes_test, a_series_without_a_channel_keeps_its_own_over_a_restart) {
  open_filled({1, 2, 3});
  advance(2min);
  words.clear();
  open_again();
  pass_a_day();
  EXPECT_EQ(oldest(1), hours_ago(24));
  EXPECT_EQ(oldest(2), hours_ago(72));
  EXPECT_EQ(oldest(3), hours_ago(240));
}

TEST_F(
    retention_classes_test, a_shorter_one_counts_from_the_next_run_a_longer_one_brings_none_back
) {
  open_filled({1, 2});
  advance(2min);
  words = {{1, "energy"}, {2, ""}};
  advance(1h);
  EXPECT_EQ(oldest(1), hours_ago(49));
  EXPECT_EQ(oldest(2), hours_ago(49));
  EXPECT_EQ(take(60, {1, 2}), series_list{}) << "what is gone is gone";
  pass_a_day();
  EXPECT_EQ(oldest(1), hours_ago(49)) << "kept for longer now";
  EXPECT_EQ(oldest(2), hours_ago(23));
}

TEST_F(retention_classes_test, the_quota_asks_for_none) {
  open_filled({1, 2, 3});
  flush_to_disk();
  auto size = bytes({history_family::chunks, history_family::rollups, history_family::series});
  keeps = retention_rule{{}, size};
  open_again();
  advance(1min + 1s);
  for (auto series : {1u, 2u, 3u}) EXPECT_EQ(oldest(series), oldest(1)) << series;
  EXPECT_GT(oldest(3), hours_ago(240));
}

TEST_F(retention_classes_test, what_an_older_version_deleted_counts_for_all_series) {
  open_filled({1, 3});
  auto then = to_bytes(retention_state{hours_ago(100), *wall, {}});
  then[0] = 1;
  auto* meta = family(*opened.lock(), history_family::meta);
  ASSERT_TRUE((*opened.lock())->Put({}, meta, "retention", then).ok());
  open_again();
  EXPECT_EQ(take(120, {1, 3, 4}), series_list{});
  EXPECT_EQ(take(60, {1, 3, 4}), (series_list{1, 3, 4}));
  advance(2min);
  EXPECT_EQ(take(70, {1, 3, 4}), (series_list{3, 4}));
  EXPECT_EQ(take(121, {1, 3, 4}), series_list{});
}

}  // namespace
}  // namespace stellwerk
