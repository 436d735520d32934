#include <gmock/gmock.h>

#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

/// What becomes of commands when the process, an actor or a bus ends.
class command_recovery_test : public field_site {
 protected:
  void SetUp() override {
    start();
    ASSERT_TRUE(create(tank));
    report(link_state::online);
    line().answers = false;
  }
  std::string send(const std::string& channel, value what, std::uint32_t within_ms = 10'000) {
    auto accepted = command(channel, std::move(what), within_ms);
    return accepted ? accepted->id : render(accepted.error());
  }
  /// The process ends and starts again; the line comes up `later`.
  void restart(std::chrono::milliseconds later = 0ms) {
    crash();
    line().writes.clear();
    line().served.clear();
    start();
    advance(later);
    report(link_state::online);
  }
  void answer_read(std::optional<value> held, std::string code = {}) {
    auto& what = line().writes.at(0);
    EXPECT_TRUE(what.only_read);
    tell_outcome({what.command_id, what.device_id, false, std::move(code), "", std::move(held)});
  }
};

TEST_F(command_recovery_test, accepted_and_not_sent_is_sent_if_in_time) {
  report(link_state::offline);
  auto id = send("setpoint", 45.0);
  restart(5s);
  ASSERT_THAT(line().writes, SizeIs(1));
  EXPECT_FALSE(line().writes[0].only_read);
  EXPECT_EQ(line().writes[0].command_id, id);
  EXPECT_EQ(line().writes[0].deadline, now() + 5s);
}

TEST_F(command_recovery_test, accepted_and_not_sent_expires_if_late) {
  report(link_state::offline);
  auto id = send("setpoint", 45.0);
  crash();
  *wall += 11s;
  start();
  report(link_state::online);
  EXPECT_THAT(line().writes, IsEmpty());
  EXPECT_EQ(look(id)->status, command_status::expired);
}

TEST_F(command_recovery_test, sent_is_decided_by_reading_and_not_written_again) {
  auto id = send("setpoint", 45.0);
  restart();
  ASSERT_THAT(line().writes, SizeIs(1));
  answer_read(value{45.0});
  EXPECT_EQ(look(id)->status, command_status::verified);
  EXPECT_THAT(line().writes, SizeIs(1));
}

TEST_F(command_recovery_test, sent_and_not_there_failed) {
  auto id = send("setpoint", 45.0);
  restart();
  answer_read(value{20.0});
  EXPECT_EQ(look(id)->status, command_status::failed);
  EXPECT_EQ(look(id)->outcome_code, "not_applied");
  EXPECT_EQ(look(id)->read_back, value{20.0});
}

TEST_F(command_recovery_test, sent_and_unreadable_has_an_unknown_effect) {
  auto id = send("setpoint", 45.0);
  restart();
  answer_read({}, "exception");
  EXPECT_EQ(look(id)->outcome_code, "unknown_effect");
}

TEST_F(command_recovery_test, sent_and_the_device_away_has_an_unknown_effect_after_a_while) {
  auto id = send("setpoint", 45.0);
  crash();
  line().writes.clear();
  start();
  advance(29s);
  EXPECT_EQ(look(id)->status, command_status::sent);
  advance(2s);
  EXPECT_EQ(look(id)->outcome_code, "unknown_effect");
  EXPECT_THAT(line().writes, IsEmpty());
}

TEST_F(command_recovery_test, what_waits_behind_an_undecided_one_waits_on) {
  send("step", 1);
  auto id = send("step", 2);
  restart();
  ASSERT_THAT(line().writes, SizeIs(1));
  answer_read(value{1});
  ASSERT_THAT(line().writes, SizeIs(2));
  EXPECT_EQ(line().writes[1].command_id, id);
  EXPECT_FALSE(line().writes[1].only_read);
}

TEST_F(command_recovery_test, keeps_the_order_of_acceptance) {
  report(link_state::offline);
  for (int i = 0; i < 20; ++i) send("step", i);
  line().answers = true;
  restart();
  ASSERT_THAT(line().writes, SizeIs(20));
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_EQ(line().writes[i].what, value{static_cast<std::int64_t>(i)});
}

TEST_F(command_recovery_test, commands_of_a_deleted_device_end) {
  report(link_state::offline);
  auto waits = send("setpoint", 45.0);
  auto stored = disk->documents;
  ASSERT_TRUE(ask<void>(devices, remove_device{as("admin"), "tank-1"}));
  for (auto& [key, one] : stored)  // as if it had crashed before they ended
    if (key.starts_with("command-open")) disk->documents[key] = one;
  std::erase_if(disk->documents, [](auto& one) {
    return one.first.starts_with(document_key("command", ""));
  });
  crash();
  start();
  EXPECT_EQ(look(waits)->outcome_code, "device_deleted");
}

TEST_F(command_recovery_test, a_bus_that_ends_is_made_anew_and_its_write_is_read) {
  auto id = send("setpoint", 45.0);
  caf::anon_send_exit(buses.at("a"), caf::exit_reason::kill);
  settle();
  EXPECT_EQ(read("tank-1")->link.state, link_state::offline);
  line().writes.clear();
  line().served.clear();
  advance(1s);
  EXPECT_EQ(line().spawned, 2u);
  report(link_state::online);
  ASSERT_THAT(line().writes, SizeIs(1));
  answer_read(value{45.0});
  EXPECT_EQ(look(id)->status, command_status::verified);
}

TEST_F(command_recovery_test, an_acceptance_whose_answer_was_lost_happens_once) {
  auto by = as("operator", "*", "key-1");
  auto wish = send_command{by, "tank-1", "pump", true, 60'000, std::nullopt};
  for (auto loses : {false, true}) {
    line().writes.clear();
    by = as("operator", "*", loses ? "key-1" : "key-2");
    wish.context = by;
    (loses ? disk->loses : disk->silent) = true;
    auto lost = begin<command_record>(devices, wish);
    advance(10s);
    ASSERT_TRUE(*lost);
    EXPECT_EQ((**lost).error(), refuse(errc::outcome_unknown));
    EXPECT_THAT(line().writes, IsEmpty());
    disk->loses = disk->silent = false;
    advance(11s);
    ASSERT_THAT(line().writes, SizeIs(1));
    EXPECT_TRUE(std::get<bool>(line().writes[0].what.held()));
    auto again = ask<command_record>(devices, wish);
    EXPECT_EQ(again->id, line().writes[0].command_id);
    EXPECT_THAT(line().writes, SizeIs(1));
    tell_outcome({again->id, line().writes[0].device_id, true, "", "", {}});
  }
}

TEST_F(command_recovery_test, a_mark_and_an_end_whose_answers_were_lost_happen_once) {
  report(link_state::offline);
  auto id = send("setpoint", 45.0, 60'000);
  disk->loses = true;
  report(link_state::online);
  disk->loses = false;
  EXPECT_THAT(line().writes, IsEmpty());
  advance(11s);
  ASSERT_THAT(line().writes, SizeIs(1));
  disk->loses = true;
  tell_outcome({id, line().writes[0].device_id, true, "", "", value{45.0}});
  disk->loses = false;
  EXPECT_EQ(look(id, 20'000)->status, command_status::verified);
  EXPECT_THAT(disk->told("command."), SizeIs(3));
}

TEST_F(command_recovery_test, a_clock_that_was_set_back_gives_no_more_time) {
  report(link_state::offline);
  send("setpoint", 45.0);
  crash();
  *wall -= 24h;
  start();
  report(link_state::online);
  ASSERT_THAT(line().writes, SizeIs(1));
  EXPECT_EQ(line().writes[0].deadline, now() + 10s);
}

TEST_F(command_recovery_test, a_record_that_cannot_be_read_stops_nobody) {
  report(link_state::offline);
  auto id = send("setpoint", 45.0);
  auto other = send("pump", true);
  crash();
  for (auto& [key, one] : disk->documents)
    if (key.starts_with(document_key("command-open", "")) && key.ends_with(id))
      one.value = R"({"of":"a newer version"})";
  start();
  report(link_state::online);
  ASSERT_THAT(line().writes, SizeIs(1));
  EXPECT_EQ(line().writes[0].command_id, other);
}

TEST_F(command_recovery_test, commands_of_a_device_that_cannot_be_read_stay_open) {
  report(link_state::offline);
  auto id = send("setpoint", 45.0, 60'000);
  auto device = read("tank-1")->id;
  auto stored = disk->documents.at(document_key("device", device));
  crash();
  disk->documents[document_key("device", device)].value = "{";
  start();
  EXPECT_EQ(read("tank-1").error(), refuse(errc::not_found));
  EXPECT_FALSE(is_final(look(id)->status));
  crash();
  disk->documents[document_key("device", device)] = stored;
  start();
  report(link_state::online);
  ASSERT_THAT(line().writes, SizeIs(1));
  EXPECT_EQ(line().writes[0].command_id, id);
}

TEST_F(command_recovery_test, a_deletion_is_done_even_if_the_store_refuses_the_commands_end) {
  auto device = read("tank-1")->id;
  auto id = send("setpoint", 45.0);
  auto listener = line().served.at(device).listener;
  auto gone = begin<void>(devices, remove_device{as("admin"), "tank-1"});
  settle();
  disk->refuses = errc::storage_full;
  advance(15s);
  EXPECT_TRUE(*gone && **gone);
  EXPECT_THAT(line().dropped, Contains(device));
  tell(listener, bus_results{{{1, quality::good, *wall, 1.5}}, {}});
  settle();
  EXPECT_THAT(*recorded, IsEmpty());
  disk->refuses = {};
  crash();
  start();
  EXPECT_EQ(look(id)->outcome_code, "unknown_effect");
}

}  // namespace
}  // namespace stellwerk
