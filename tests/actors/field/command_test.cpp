#include <gmock/gmock.h>

#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class command_test : public field_site {
 protected:
  void SetUp() override {
    start();
    ASSERT_TRUE(create(tank));
    report(link_state::online);
  }
  static std::vector<std::string> words(const command_record& of) {
    std::vector<std::string> said;
    for (auto& one : of.history) said.push_back(to_word(one.status));
    return said;
  }
  static write_outcome done(const write_point& what, std::optional<value> held = {}) {
    return {what.command_id, what.device_id, true, "", "", std::move(held)};
  }
};

TEST_F(command_test, is_answered_when_accepted_and_ends_verified) {
  auto accepted = command("setpoint", 45.0);
  ASSERT_TRUE(accepted) << render(accepted.error());
  EXPECT_EQ(accepted->status, command_status::accepted);
  EXPECT_EQ(accepted->requested_by, "user/u-1");
  EXPECT_EQ(accepted->expires_at, accepted->created_at + 10s);
  auto ended = look(accepted->id);
  ASSERT_TRUE(ended) << render(ended.error());
  EXPECT_THAT(words(*ended), ElementsAre("accepted", "queued", "sent", "acknowledged", "verified"));
  EXPECT_EQ(ended->read_back, value{45.0});
  auto subject = " command/" + accepted->id;
  EXPECT_THAT(
      disk->told("command."),
      ElementsAre(
          "command.accepted" + subject, "command.sent" + subject, "command.verified" + subject
      )
  );
}

TEST_F(command_test, its_mark_is_durable_before_the_bus_gets_it) {
  line().answers = false;
  command("setpoint", 45.0);
  ASSERT_THAT(line().writes, SizeIs(1));
  EXPECT_EQ(disk->told("command.sent").size(), 1u);
  disk->silent = true;
  begin<command_record>(
      devices, send_command{as("operator"), "tank-1", "pump", true, 10'000, std::nullopt}
  );
  settle();
  EXPECT_THAT(line().writes, SizeIs(1));
}

TEST_F(command_test, its_answer_waits_for_its_end_when_asked_to) {
  line().answers = false;
  auto id = command("setpoint", 45.0)->id;
  auto asked = begin<command_record>(devices, await_outcome{as("operator"), id, 5000});
  settle();
  EXPECT_FALSE(*asked);
  advance(1s);
  tell_outcome(done(line().writes[0], value{45.0}));
  ASSERT_TRUE(*asked && **asked);
  EXPECT_EQ((**asked)->status, command_status::verified);
}

TEST_F(command_test, and_comes_with_what_it_is_when_that_takes_too_long) {
  line().answers = false;
  auto id = command("setpoint", 45.0)->id;
  auto asked = begin<command_record>(devices, await_outcome{as("operator"), id, 500});
  advance(499ms);
  EXPECT_FALSE(*asked);
  advance(1ms);
  ASSERT_TRUE(*asked && **asked);
  EXPECT_EQ((**asked)->status, command_status::sent);
}

TEST_F(command_test, what_cannot_be_written_is_refused_and_costs_no_bus_time) {
  struct row {
    const char* channel;
    value what;
    errc code;
  };
  for (auto& one : std::vector<row>{
           {"level", 1.0, errc::not_writable},
           {"setpoint", 95.1, errc::out_of_range},
           {"setpoint", -0.1, errc::out_of_range},
           {"setpoint", "hot", errc::invalid},
           {"step", 1.5, errc::invalid},
           {"pump", 1, errc::invalid},
           {"none", 1, errc::invalid}})
    EXPECT_EQ(refusal_of(command(one.channel, one.what).error()).code, one.code) << one.channel;
  EXPECT_THAT(line().writes, IsEmpty());
  EXPECT_THAT(disk->told("command."), IsEmpty());
}

TEST_F(command_test, whole_numbers_are_fit_for_float_channels) {
  command("setpoint", 45);
  EXPECT_EQ(line().writes.at(0).what, value{45.0});
}

TEST_F(command_test, an_idempotency_key_acts_once_under_fifty_repeats) {
  auto by = as("operator", "*", "key-1");
  std::vector<answer<command_record>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(
        begin<command_record>(devices, send_command{by, "tank-1", "step", 7, 10'000, std::nullopt})
    );
  settle(5);
  std::set<std::string> ids;
  for (auto& one : answers) {
    ASSERT_TRUE(*one && **one) << render((*one)->error());
    ids.insert((**one)->id);
  }
  EXPECT_THAT(ids, SizeIs(1));
  EXPECT_THAT(line().writes, SizeIs(1));
  EXPECT_EQ(disk->told("command.accepted").size(), 1u);
}

TEST_F(command_test, the_latest_supersedes_and_a_queue_keeps_all) {
  line().answers = false;
  auto first = command("setpoint", 1.0)->id;
  auto second = command("setpoint", 2.0)->id;
  auto third = command("setpoint", 3.0)->id;
  EXPECT_EQ(look(second)->status, command_status::superseded);
  EXPECT_EQ(look(second)->detail, "by command/" + third);
  EXPECT_EQ(look(third)->status, command_status::queued);
  tell_outcome(done(line().writes[0], value{1.0}));
  EXPECT_EQ(look(first)->status, command_status::verified);
  EXPECT_EQ(line().writes.at(1).what, value{3.0});
}

TEST_F(command_test, channels_do_not_wait_for_one_another) {
  line().answers = false;
  command("setpoint", 1.0);
  command("pump", true);
  EXPECT_THAT(line().writes, SizeIs(2));
}

TEST_F(command_test, waits_while_the_device_is_away_and_goes_when_it_is_back) {
  report(link_state::offline, "connection refused");
  auto id = command("setpoint", 45.0)->id;
  EXPECT_EQ(look(id)->status, command_status::queued);
  advance(5s);
  EXPECT_THAT(line().writes, IsEmpty());
  report(link_state::online);
  EXPECT_EQ(look(id)->status, command_status::verified);
}

TEST_F(command_test, past_its_deadline_it_expires_and_is_never_sent) {
  report(link_state::offline);
  auto id = command("setpoint", 45.0, 2000)->id;
  advance(1999ms);
  EXPECT_EQ(look(id)->status, command_status::queued);
  advance(1ms);
  EXPECT_EQ(look(id)->status, command_status::expired);
  report(link_state::online);
  advance(1min);
  EXPECT_THAT(line().writes, IsEmpty());
}

TEST_F(command_test, a_hundred_wait_for_a_device_and_the_next_is_busy) {
  report(link_state::offline);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(command("step", i));
  EXPECT_EQ(command("step", 100).error(), refuse(errc::busy));
  report(link_state::online);
  EXPECT_THAT(line().writes, SizeIs(100));
  for (std::size_t i = 0; i < 100; ++i)
    EXPECT_EQ(line().writes[i].what, value{static_cast<std::int64_t>(i)});
}

TEST_F(command_test, is_cancelled_before_it_is_sent_and_not_after) {
  report(link_state::offline);
  auto id = command("setpoint", 45.0)->id;
  auto gone = ask<command_record>(devices, cancel_command{as("operator"), id});
  ASSERT_TRUE(gone) << render(gone.error());
  EXPECT_EQ(gone->status, command_status::refused);
  EXPECT_EQ(gone->outcome_code, "cancelled");
  EXPECT_EQ(disk->events.back().actor.name, "operator");
  auto again = ask<command_record>(devices, cancel_command{as("operator"), id});
  EXPECT_EQ(refusal_of(again.error()).code, errc::conflict);

  report(link_state::online);
  line().answers = false;
  auto sent = command("setpoint", 45.0)->id;
  auto late = ask<command_record>(devices, cancel_command{as("operator"), sent});
  EXPECT_EQ(refusal_of(late.error()).code, errc::conflict);
}

TEST_F(command_test, waiting_ones_end_when_the_device_is_disabled_or_deleted) {
  report(link_state::offline);
  auto first = command("setpoint", 45.0)->id;
  patch("tank-1", R"({"enabled":false})");
  EXPECT_EQ(look(first)->outcome_code, "disabled");
  EXPECT_EQ(command("setpoint", 45.0).error(), refuse(errc::disabled));
  patch("tank-1", R"({"enabled":true})");
  auto second = command("setpoint", 45.0)->id;
  ASSERT_TRUE(ask<void>(devices, remove_device{as("admin"), "tank-1"}));
  EXPECT_EQ(look(second)->outcome_code, "device_deleted");
}

TEST_F(command_test, a_deletion_waits_five_seconds_for_what_the_bus_holds) {
  line().answers = false;
  auto id = command("setpoint", 45.0)->id;
  auto gone = begin<void>(devices, remove_device{as("admin"), "tank-1"});
  advance(4s);
  EXPECT_FALSE(*gone);
  advance(1s);
  EXPECT_TRUE(*gone && **gone);
  EXPECT_EQ(look(id)->outcome_code, "unknown_effect");
}

TEST_F(command_test, a_narrower_range_ends_what_waits_and_no_longer_fits) {
  report(link_state::offline);
  auto id = command("setpoint", 45.0)->id;
  ASSERT_TRUE(
      ask<channel>(devices, change_channel{as("admin"), "tank-1", "setpoint", {R"({"max":40})"}})
  );
  EXPECT_EQ(look(id)->outcome_code, "out_of_range");
}

TEST_F(command_test, only_who_may_command_the_device_can) {
  EXPECT_EQ(command("setpoint", 1.0, 1000, as("viewer")).error(), refuse(errc::forbidden));
  EXPECT_EQ(
      command("setpoint", 1.0, 1000, as("operator", "tag:hall-b")).error(), refuse(errc::not_found)
  );
  auto id = command("setpoint", 1.0, 1000, as("operator", "tag:hall-a"));
  ASSERT_TRUE(id);
  auto other = as("operator", "device:x");
  EXPECT_EQ(
      ask<command_record>(devices, read_command{other, id->id}).error(), refuse(errc::not_found)
  );
  EXPECT_EQ(
      ask<command_record>(devices, cancel_command{other, id->id}).error(), refuse(errc::not_found)
  );
}

TEST_F(command_test, a_store_that_refuses_refuses_the_command) {
  disk->refuses = errc::storage_full;
  EXPECT_EQ(command("setpoint", 1.0).error(), refuse(errc::storage_full));
  EXPECT_THAT(line().writes, IsEmpty());
}

TEST_F(command_test, a_full_store_stops_the_command_and_not_the_samples) {
  report(link_state::offline);
  auto id = command("setpoint", 45.0)->id;
  disk->refuses = errc::storage_full;
  report(link_state::online);
  EXPECT_THAT(line().writes, IsEmpty());  // no write without its mark
  push({{1, quality::good, *wall, 1.5}});
  advance(2s);
  EXPECT_EQ(read("tank-1")->link.state, link_state::online);
  EXPECT_EQ(recorded->back().value, value{1.5});
  EXPECT_EQ(look(id)->status, command_status::queued);
  disk->refuses = {};
  advance(500ms);
  EXPECT_EQ(look(id)->status, command_status::verified);
  EXPECT_EQ(disk->told("command.").size(), 3u);
}

TEST_F(command_test, an_end_that_the_store_refuses_is_told_when_it_is_durable) {
  line().answers = false;
  auto id = command("setpoint", 45.0)->id;
  disk->refuses = errc::busy;
  tell_outcome(done(line().writes[0], value{45.0}));
  EXPECT_EQ(look(id)->status, command_status::sent);
  disk->refuses = {};
  EXPECT_EQ(look(id, 1000)->status, command_status::verified);
  EXPECT_THAT(line().writes, SizeIs(1));
}

TEST_F(command_test, counts_what_ended_how) {
  command("setpoint", 45.0);
  auto text = tools.numbers->text();
  EXPECT_THAT(text, testing::HasSubstr("stellwerk_commands_total{status=\"verified\"} 1"));
  EXPECT_THAT(text, testing::HasSubstr("stellwerk_commands_open 0"));
}

}  // namespace
}  // namespace stellwerk
