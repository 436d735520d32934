#include "tests/actors/field/command_queue_fixture.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// What is lost, late or refused on the way.
class command_queue_doubt_test : public command_queue_test {};

TEST_F(command_queue_doubt_test, reads_in_the_end_what_the_bus_never_answers) {
  queue.reachable(true);
  accept_and_write("a");
  EXPECT_EQ(queue.next_deadline(), start + 10s + command_queue::decide_within);
  now = start + 10s + command_queue::decide_within;
  EXPECT_THAT(steps(), ElementsAre("read a"));
  outcome("a", false, "", 20.0);
  EXPECT_THAT(steps(), ElementsAre("end a verified"));
}

TEST_F(command_queue_doubt_test, another_value_counts_when_the_device_has_had_its_time) {
  for (auto in_the_end : {1.0, 20.0}) {
    queue = {};
    queue.reachable(true);
    auto made = entry("a", "x", command_order::latest, 10s);
    made.settles = 700ms;
    queue.accept(made);
    queue.accepted("a", 1, wall_time{});
    steps();
    queue.sent("a", wall_time{});
    steps();
    outcome("a", true, "no_answer", 1.0);  // the bus has looked at once
    EXPECT_THAT(steps(), IsEmpty());
    now += command_queue::pause;
    EXPECT_THAT(steps(), ElementsAre("read a"));
    outcome("a", false, "", 1.0);
    EXPECT_THAT(steps(), IsEmpty());
    now += 200ms;
    EXPECT_THAT(steps(), ElementsAre("read a"));
    outcome("a", false, "", in_the_end);
    auto end = in_the_end == 1.0 ? "end a failed not_applied" : "end a verified";
    EXPECT_THAT(steps(), ElementsAre(end));
  }
}

TEST_F(command_queue_doubt_test, what_the_store_does_not_commit_is_asked_for_again) {
  queue.reachable(true);
  queue.accept(entry("a", "x", command_order::queue, 10s));
  auto refused = [&] {
    queue.not_committed("a", now);
    EXPECT_THAT(steps(), IsEmpty());
    EXPECT_EQ(queue.next_deadline(), now + command_queue::pause);
    now += command_queue::pause;
  };
  refused();
  EXPECT_THAT(steps(), ElementsAre("accept a"));
  queue.accepted("a", 1, wall_time{});
  EXPECT_THAT(steps(), ElementsAre("mark a"));
  accept("b", "x", command_order::queue);  // does not overtake
  refused();
  EXPECT_THAT(steps(), ElementsAre("mark a"));
  queue.sent("a", wall_time{});
  steps();
  outcome("a", true, "", 20.0);
  EXPECT_THAT(steps(), ElementsAre("end a verified", "mark b"));
  queue.not_committed("a", now);
  EXPECT_THAT(steps(), IsEmpty());
  now += command_queue::pause;
  EXPECT_THAT(steps(), ElementsAre("end a verified"));
}

TEST_F(command_queue_doubt_test, without_its_mark_it_expires_or_is_refused) {
  queue.reachable(true);
  for (std::string id : {"a", "b"}) {
    accept(id, id);
    steps();
    queue.not_committed(id, now);
  }
  EXPECT_TRUE(queue.refuse_waiting("b", "cancelled", ""));
  EXPECT_THAT(steps(), ElementsAre("end b refused cancelled"));
  now += 10s;
  EXPECT_THAT(steps(), ElementsAre("end a expired expired"));
}

TEST_F(command_queue_doubt_test, what_was_sent_before_a_crash_is_read_and_never_written) {
  auto made = entry("a", "x", command_order::latest, -1s);
  made.record.status = command_status::sent;
  queue.restore(made, now);
  accept("b");
  EXPECT_THAT(steps(), IsEmpty());
  queue.reachable(true);
  EXPECT_THAT(steps(), ElementsAre("read a"));  // b waits for it
  outcome("a", false, "", 20.0);
  EXPECT_THAT(steps(), ElementsAre("end a verified", "mark b"));
}

TEST_F(command_queue_doubt_test, of_two_that_were_sent_to_a_channel_only_the_later_can_be_read) {
  for (auto* id : {"a", "b"}) {
    auto made = entry(id, "x", command_order::queue, 1s);
    made.record.status = command_status::sent;
    queue.restore(made, now);
  }
  queue.reachable(true);
  EXPECT_THAT(steps(), ElementsAre("end a failed unknown_effect", "read b"));
}

TEST_F(command_queue_doubt_test, what_cannot_be_read_ends_with_its_effect_unknown) {
  auto made = entry("a", "x", command_order::latest, 1s);
  made.record.status = command_status::sent;
  queue.restore(made, now);
  queue.reachable(true);
  EXPECT_THAT(steps(), ElementsAre("read a"));
  outcome("a", false, "device_down");
  now += command_queue::pause;
  EXPECT_THAT(steps(), ElementsAre("read a"));
  queue.line_lost(now);
  queue.reachable(false);
  now = start + command_queue::decide_within;
  EXPECT_THAT(steps(), ElementsAre("end a failed unknown_effect"));
}

TEST_F(command_queue_doubt_test, a_read_that_never_ends_is_not_waited_for) {
  auto made = entry("a", "x", command_order::latest, 1s);
  made.record.status = command_status::sent;
  queue.restore(made, now);
  queue.reachable(true);
  EXPECT_THAT(steps(), ElementsAre("read a"));
  EXPECT_EQ(queue.next_deadline(), start + command_queue::decide_within);
  now = start + command_queue::decide_within;
  EXPECT_THAT(steps(), ElementsAre("end a failed unknown_effect"));
  outcome("a", false, "", 20.0);
  EXPECT_THAT(steps(), IsEmpty());
}

TEST_F(command_queue_doubt_test, a_lost_line_makes_its_writes_unsure) {
  queue.reachable(true);
  accept_and_write("a");
  queue.line_lost(now);
  EXPECT_THAT(steps(), ElementsAre("read a"));
  outcome("a", false, "", 1.0);
  EXPECT_THAT(steps(), ElementsAre("end a failed not_applied"));
}

}  // namespace
}  // namespace stellwerk
