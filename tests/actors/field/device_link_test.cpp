#include <gmock/gmock.h>

#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class device_link_test : public field_site {
 protected:
  void SetUp() override {
    start();
    id = create(tank)->id;
  }
  sample level(double x, quality q = quality::good) { return {1, q, *wall, x}; }
  std::vector<std::string> moves() {
    std::vector<std::string> all;
    for (auto& one : disk->events)
      if (one.type == event_type::device_state_changed) all.push_back(one.data.text);
    return all;
  }
  std::string id;
};

TEST_F(device_link_test, each_move_is_shown_and_journaled_once) {
  EXPECT_EQ(read(id)->link.state, link_state::connecting);
  report(link_state::online);
  report(link_state::online);
  report(link_state::offline, "connection refused");
  auto view = read(id);
  EXPECT_EQ(view->link.state, link_state::offline);
  EXPECT_EQ(view->link.last_error, "connection refused");
  EXPECT_EQ(view->availability, availability::offline);
  EXPECT_THAT(
      moves(), ElementsAre(
                   R"({"from":"connecting","to":"online","reason":""})",
                   R"({"from":"online","to":"offline","reason":"connection refused"})"
               )
  );
}

TEST_F(device_link_test, moves_that_the_store_is_too_slow_for_are_told_as_one) {
  disk->silent = true;
  report(link_state::online);
  report(link_state::degraded);
  report(link_state::offline);
  disk->silent = false;
  advance(10s);  // the first commit's time is over
  EXPECT_THAT(moves(), IsEmpty());
  advance(1s);
  EXPECT_THAT(moves(), ElementsAre(R"({"from":"connecting","to":"offline","reason":""})"));
}

TEST_F(device_link_test, a_move_that_the_store_refuses_is_told_when_it_takes_it) {
  disk->refuses = errc::storage_full;
  report(link_state::online);
  advance(5s);
  EXPECT_THAT(moves(), IsEmpty());
  disk->refuses = {};
  advance(1s);
  EXPECT_THAT(moves(), ElementsAre(R"({"from":"connecting","to":"online","reason":""})"));
}

TEST_F(device_link_test, since_is_when_the_state_began) {
  report(link_state::online);
  auto began = *wall;
  advance(2s);
  bus_results seen;
  seen.reports.push_back({id, {link_state::online, *wall, "one late answer", {}}});
  tell(line().served.at(id).listener, seen);
  settle();
  EXPECT_EQ(read(id)->link.since, began);
}

TEST_F(device_link_test, samples_go_to_history_and_become_stale_after_three_periods) {
  push({level(1.5)});
  EXPECT_THAT(*recorded, SizeIs(1));
  advance(2900ms);
  EXPECT_THAT(*recorded, SizeIs(1));
  advance(200ms);
  ASSERT_THAT(*recorded, SizeIs(2));
  EXPECT_EQ(recorded->back().quality, quality::stale);
  EXPECT_EQ(recorded->back().value, value{1.5});
  advance(1h);
  EXPECT_THAT(*recorded, SizeIs(2));
}

TEST_F(device_link_test, a_lost_line_makes_them_stale_at_once) {
  report(link_state::online);
  push({level(1.5)});
  report(link_state::offline);
  ASSERT_THAT(*recorded, SizeIs(2));
  EXPECT_EQ(recorded->back().quality, quality::stale);
}

TEST_F(device_link_test, values_from_before_a_crash_become_stale_if_it_stays_away) {
  push({level(1.5)});
  crash();
  line().served.clear();
  start();
  EXPECT_EQ(read(id)->link.state, link_state::connecting);
  advance(4s);
  ASSERT_THAT(*recorded, SizeIs(2));
  EXPECT_EQ(recorded->back().quality, quality::stale);
}

TEST_F(device_link_test, a_device_that_ends_is_stale_at_once_however_long_it_stays_away) {
  push({level(1.5)});
  disk->refuses = errc::storage_full;
  kill_device(id);
  ASSERT_THAT(*recorded, SizeIs(2));
  EXPECT_EQ(recorded->back().quality, quality::stale);
  EXPECT_EQ(read(id)->link.state, link_state::offline);
  EXPECT_FALSE(line().served.contains(id));
  advance(1min);
  EXPECT_THAT(*recorded, SizeIs(2));
  disk->refuses = {};
  advance(1min);
  report(link_state::online);
  push({level(2.5)});
  EXPECT_EQ(read(id)->link.state, link_state::online);
  EXPECT_EQ(recorded->back().value, value{2.5});
}

TEST_F(device_link_test, beyond_the_limit_of_lines_a_device_is_offline_until_there_is_room) {
  crash();
  options.lines_max = 1;
  start();
  create(R"({"name":"b","driver":"fake","settings":{"line":"b"}})");
  EXPECT_EQ(read("b")->link.state, link_state::offline);
  EXPECT_EQ(read("b")->link.last_error, "too many lines");
  EXPECT_EQ(line("b").spawned, 0u);
  ASSERT_TRUE(ask<void>(devices, remove_device{as("admin"), id}));
  advance(1min);
  EXPECT_EQ(line("b").spawned, 1u);
  EXPECT_EQ(read("b")->link.state, link_state::connecting);
}

TEST_F(device_link_test, a_line_that_cannot_be_started_is_tried_again) {
  no_threads = true;
  ASSERT_TRUE(create(R"({"name":"b","driver":"fake","settings":{"line":"b"}})"));
  EXPECT_EQ(read("b")->link.state, link_state::offline);
  EXPECT_EQ(read("b")->link.last_error, "its line cannot be started");
  no_threads = false;
  advance(2s);
  EXPECT_EQ(read("b")->link.state, link_state::connecting);
}

TEST_F(device_link_test, says_when_the_settings_are_refused_by_now) {
  crash();
  refused_line = "a";
  start();
  EXPECT_EQ(read(id)->link.state, link_state::offline);
  EXPECT_EQ(read(id)->link.last_error, "its settings are refused");
}

TEST_F(device_link_test, a_disabled_device_leaves_its_line_and_takes_nothing) {
  report(link_state::online);
  push({level(1.5)});
  auto bus = buses.at("a");
  auto listener = line().served.at(id).listener;
  auto view = patch(id, R"({"enabled":false})");
  EXPECT_EQ(view->availability, availability::disabled);
  settle();
  EXPECT_EQ(read(id)->link.state, link_state::disabled);
  EXPECT_THAT(line().dropped, ElementsAre(id));
  EXPECT_EQ(recorded->back().quality, quality::stale);
  auto before = recorded->size();
  tell(listener, bus_results{{level(2)}, {{id, {link_state::online, *wall, "", {}}}}});
  settle();
  EXPECT_EQ(recorded->size(), before);
  EXPECT_EQ(read(id)->link.state, link_state::disabled);
  ASSERT_TRUE(patch(id, R"({"enabled":true})"));
  EXPECT_EQ(read(id)->link.state, link_state::connecting);
  EXPECT_TRUE(line().served.contains(id));
}

TEST_F(device_link_test, devices_of_one_line_share_its_bus_which_ends_with_the_last) {
  auto other = create(R"({"name":"b","driver":"fake","settings":{"line":"a"}})");
  EXPECT_EQ(line().spawned, 1u);
  EXPECT_THAT(line().served, SizeIs(2));
  ASSERT_TRUE(ask<void>(devices, remove_device{as("admin"), "b"}));
  ASSERT_TRUE(patch(id, R"({"settings":{"line":"z"}})"));
  settle();
  EXPECT_EQ(line("z").spawned, 1u);
  EXPECT_TRUE(line("z").served.contains(id));
  EXPECT_EQ(line("a").alive, 0u);
}

TEST_F(device_link_test, a_bus_that_keeps_ending_is_made_anew_later_and_later) {
  auto end_it = [&] {
    caf::anon_send_exit(buses.at("a"), caf::exit_reason::kill);
    settle();
  };
  std::size_t spawned = 1;
  for (auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    end_it();
    EXPECT_EQ(read(id)->link.state, link_state::offline);
    advance(wait - 1ms);
    EXPECT_EQ(line().spawned, spawned);
    advance(1ms);
    EXPECT_EQ(line().spawned, ++spawned);
  }
  advance(10min);  // it has lived
  end_it();
  advance(1s);
  EXPECT_EQ(line().spawned, ++spawned);
}

TEST_F(device_link_test, an_external_device_has_no_line_and_is_online) {
  auto made = create(R"({"name":"notes","driver":"external","channels":[{"name":"text"}]})");
  ASSERT_TRUE(made);
  EXPECT_EQ(read("notes")->link.state, link_state::online);
  EXPECT_THAT(moves(), IsEmpty());
  EXPECT_THAT(line().served, SizeIs(1));
}

TEST_F(device_link_test, counts_devices_by_state) {
  report(link_state::online);
  EXPECT_THAT(tools.numbers->text(), HasSubstr("stellwerk_devices{state=\"online\"} 1"));
  crash();
  EXPECT_THAT(tools.numbers->text(), HasSubstr("stellwerk_devices{state=\"online\"} 0"));
}

}  // namespace
}  // namespace stellwerk
