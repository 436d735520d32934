#include "actors/model/error.hpp"
#include "tests/actors/history/retention_stage.hpp"

/// What is deleted in time, on virtual time and a real database.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

struct retention_test : retention_stage {};

TEST_F(retention_test, deletes_samples_by_age_keeps_roll_ups_and_says_so) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 240);
  fill(2, 240);
  auto counts = counted(1, 240);
  EXPECT_GT(counts, 200u);
  advance(2min);
  for (auto series : {1u, 2u}) {
    EXPECT_EQ(oldest(series), hours_ago(49)) << "two days before the newest";
    EXPECT_EQ(all_of({series}).back().time, hours_ago(1));
  }
  EXPECT_EQ(counted(1, 240), counts);
  auto gone = static_cast<double>(480 - all_of({1, 2}).size());
  EXPECT_EQ(tools.numbers->samples_dropped.Value(), gone);
  EXPECT_EQ(tools.numbers->chunks_dropped.Value(), gone);
  ASSERT_EQ(journal->events.size(), 1u);
  EXPECT_EQ(journal->events[0].type, event_type::history_dropped);
  auto& data = journal->events[0].data.text;
  EXPECT_NE(data.find(R"("before":"2026-11-18T22:01:00)"), std::string::npos) << data;
  EXPECT_NE(
      data.find("\"samples\":" + std::to_string(480 - all_of({1, 2}).size()) + ",\"for\":\"age\""),
      std::string::npos
  ) << data;
  ASSERT_TRUE(append({{1, quality::good, today, 7.5}}));
  advance(1h);
  EXPECT_EQ(oldest(1), hours_ago(48));
  EXPECT_EQ(journal->events.size(), 2u);
}

TEST_F(retention_test, refuses_samples_of_a_time_that_it_no_longer_keeps) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 240);
  advance(2min);
  append_samples what{nullptr, {}, {}, {{1, "wrong_type", ""}, {4, "wrong_type", ""}}};
  what.items = {sample_ago(2, 50), sample_ago(1, 50), sample_ago(2, 2)};
  auto told = ask<post_answer>(historian, what);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->accepted, 2u);
  ASSERT_EQ(told->refused.size(), 3u);
  EXPECT_EQ(told->refused[0].index, 1u);
  EXPECT_EQ(told->refused[1].index, 2u);
  EXPECT_EQ(told->refused[1].code, "too_old");
  EXPECT_EQ(told->refused[2].index, 4u);
  EXPECT_EQ(all_of({2}).size(), 2u) << "nothing of that series was deleted";
}

TEST_F(retention_test, deletes_roll_ups_by_an_age_of_their_own) {
  keeps = retention_rule{{{days{1}, days{5}}}, 0};
  open(closes_at_once);
  fill(1, 240);
  advance(2min);
  EXPECT_GT(counted(1, 96, 24), 60u);
  EXPECT_EQ(counted(1, 240, 168), 0u);
}

TEST_F(retention_test, waits_a_week_when_the_clock_has_jumped) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 24);
  advance(2min);
  *wall += days{400};
  advance(days{6});
  EXPECT_EQ(all_of({1}).size(), 24u) << "a wrong clock deletes nothing";
  EXPECT_EQ(tools.numbers->retention_waits.Value(), 1);
  *wall -= days{400};
  advance(days{6});
  EXPECT_EQ(all_of({1}).size(), 24u) << "nor does one that was put right";
  ASSERT_TRUE(append({{1, quality::good, *wall, 7.5}}));
  advance(days{2});
  EXPECT_EQ(all_of({1}).size(), 1u);
  EXPECT_EQ(tools.numbers->retention_waits.Value(), 0);
}

TEST_F(retention_test, takes_samples_of_today_after_a_clock_was_wrong_for_weeks) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 24);
  *wall += days{4'000};
  caf::anon_send(historian, record_samples{{{2, quality::good, *wall, 1.5}}});
  advance(days{20});
  *wall -= days{4'020};
  ASSERT_TRUE(append({sample_ago(1, 30)}));
  auto today_s = append({{1, quality::good, today, 7.5}});
  ASSERT_TRUE(today_s);
  EXPECT_EQ(today_s->accepted, 1u);
}

TEST_F(retention_test, goes_by_the_newest_sample_not_by_the_clock_alone) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 24);
  advance(days{30});
  EXPECT_EQ(all_of({1}).size(), 24u) << "a site that was quiet keeps its last two days";
}

TEST_F(retention_test, waits_a_week_when_it_was_off_for_longer_than_a_day) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 24);
  advance(2min);
  close();
  *wall += days{3};
  open(closes_at_once);
  ASSERT_TRUE(append({{1, quality::good, *wall, 7.5}}));
  advance(days{7} - 1h);
  EXPECT_EQ(all_of({1}).size(), 25u);
  advance(2h);
  EXPECT_EQ(all_of({1}).size(), 1u);
}

TEST_F(retention_test, adds_late_samples_to_what_roll_ups_know_where_chunks_are_gone) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 240);
  advance(2min);
  ASSERT_EQ(oldest(1), hours_ago(49));
  auto before = counted(1, 240, 100);
  auto late = sample_ago(1, 120);
  late.time += 5s;
  caf::anon_send(historian, record_samples{{late}});
  advance(5s);
  EXPECT_EQ(counted(1, 240, 100), before + 1);
  late.time = hours_ago(1'000);
  caf::anon_send(historian, record_samples{{late}});
  advance(5s);
  EXPECT_EQ(counted(1, 240, 100), before + 1);
}

TEST_F(retention_test, shows_old_minutes_whole_where_buckets_part_them) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 240);
  read_series what{{1}, {value_type::float_}, hours_ago(200) - 30'123ms, hours_ago(100), 10};
  auto before = counted_of(what);
  advance(2min);
  ASSERT_EQ(oldest(1), hours_ago(49));
  EXPECT_EQ(counted_of(what), before);
}

TEST_F(retention_test, deletes_the_oldest_for_the_quota_and_takes_samples_again) {
  open(closes_at_once);
  fill(1, 400);
  flush_to_disk();
  auto before = bytes({history_family::chunks, history_family::rollups, history_family::series});
  close();
  keeps = retention_rule{{{days{0}, days{0}}}, before + before / 40};
  open(closes_at_once);
  advance(1min + 1s);
  EXPECT_LT(all_of({1}).size(), 400u);
  EXPECT_GT(all_of({1}).size(), 100u);
  ASSERT_EQ(journal->events.size(), 1u);
  auto& data = journal->events[0].data.text;
  EXPECT_NE(data.find(R"("for":"quota")"), std::string::npos) << data;
  auto old = append({sample_ago(1, 390)});
  ASSERT_FALSE(old) << "97 % of the quota are taken";
  EXPECT_TRUE(is(old.error(), errc::storage_full));
  for (int minutes = 0; minutes < 30 && !append({sample_ago(2, 1)}); ++minutes) advance(1min);
  EXPECT_TRUE(append({sample_ago(2, 1)}));
  old = append({sample_ago(1, 399)});
  ASSERT_TRUE(old);
  EXPECT_EQ(old->refused.at(0).code, "too_old");
  close();
  keeps = retention_rule{};
  open(closes_at_once);
  old = append({sample_ago(1, 399)});
  ASSERT_TRUE(old);
  EXPECT_EQ(old->accepted, 0u) << "after a restart, too";
}

TEST_F(retention_test, tells_the_journal_until_it_has_heard_even_after_a_restart) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  fill(1, 100);
  journal->refuses = errc::busy;
  advance(3min);
  EXPECT_EQ(all_of({1}).size(), 49u);
  EXPECT_TRUE(journal->events.empty());
  close(caf::exit_reason::kill);
  journal->refuses.reset();
  open(closes_at_once);
  advance(3min);
  ASSERT_EQ(journal->events.size(), 1u);
  EXPECT_NE(journal->events[0].data.text.find(R"("samples":51)"), std::string::npos)
      << journal->events[0].data.text;
  advance(10min);
  EXPECT_EQ(journal->events.size(), 1u);
}

TEST_F(retention_test, deletes_no_more_than_a_tenth_of_a_large_history_at_once) {
  keeps = retention_rule{{{days{2}, days{0}}}, 0};
  open(closes_at_once);
  for (int series = 1; series <= 25; ++series) fill(static_cast<std::uint32_t>(series), 100);
  advance(1min + 1s);
  auto left = [&] {
    std::size_t all = 0;
    for (std::uint32_t series = 1; series <= 25; ++series) all += all_of({series}).size();
    return all;
  };
  EXPECT_EQ(left(), 2'500 - sample_retention::few_chunks);
  advance(1h);
  EXPECT_LE(left(), 25u * 49u);
}

}  // namespace
}  // namespace stellwerk
