#include "tests/actors/field/command_queue_fixture.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(command_queue_test, marks_before_it_writes_and_verifies_after) {
  queue.reachable(true);
  queue.accept(entry("a", "x", command_order::latest, 10s));
  EXPECT_THAT(steps(), IsEmpty());  // not durable
  queue.accepted("a", 1, wall_time{});
  EXPECT_THAT(steps(), ElementsAre("mark a"));
  EXPECT_THAT(steps(), IsEmpty());
  queue.sent("a", wall_time{});
  EXPECT_THAT(steps(), ElementsAre("write a"));
  outcome("a", true, "", 20.04);
  EXPECT_THAT(steps(), ElementsAre("end a verified"));
  outcome("a", true, "", 20.04);  // said twice
  EXPECT_THAT(steps(), IsEmpty());
  queue.ended("a");
  EXPECT_TRUE(queue.empty());
}

struct outcome_row {
  bool written;
  const char* code;
  std::optional<value> read_back;
  bool verify;
  std::vector<std::string> says;
};
class every_outcome : public command_queue_test, public testing::WithParamInterface<outcome_row> {};

TEST_P(every_outcome, of_a_write_decides_it_or_lets_it_be_read) {
  auto& row = GetParam();
  queue.reachable(true);
  auto made = entry("a", "x", command_order::latest, 10s);
  made.record.verify = row.verify;
  queue.accept(made);
  queue.accepted("a", 1, wall_time{});
  steps();
  queue.sent("a", wall_time{});
  steps();
  outcome("a", row.written, row.code, row.read_back);
  EXPECT_EQ(steps(), row.says);
}

INSTANTIATE_TEST_SUITE_P(
    command_queue, every_outcome,
    testing::Values(
        outcome_row{true, "", 20.0, true, {"end a verified"}},
        outcome_row{true, "", 20.2, true, {"end a failed not_verified"}},
        outcome_row{true, "", {}, true, {"end a done not_read_back"}},
        outcome_row{true, "", {}, false, {"end a done"}},
        outcome_row{true, "exception", {}, true, {"end a failed exception"}},
        outcome_row{true, "no_answer", 20.0, true, {"end a verified"}},
        outcome_row{true, "no_answer", 1.0, true, {"end a failed not_applied"}},
        outcome_row{true, "no_answer", {}, true, {"read a"}},
        outcome_row{false, "expired", {}, true, {"end a expired expired"}},
        outcome_row{false, "device_down", {}, true, {}},
        outcome_row{false, "unknown_unit", {}, true, {}},
        outcome_row{false, "stopped", {}, true, {}},
        outcome_row{false, "not_representable", {}, true, {"end a refused not_representable"}},
        outcome_row{false, "out_of_range", {}, true, {"end a refused out_of_range"}}
    )
);

TEST_F(command_queue_test, what_was_certainly_not_written_is_tried_again_until_its_deadline) {
  queue.reachable(true);
  accept_and_write("a");
  outcome("a", false, "device_down");
  EXPECT_THAT(steps(), IsEmpty());
  EXPECT_EQ(queue.next_deadline(), now + command_queue::pause);
  now += command_queue::pause;
  EXPECT_THAT(steps(), ElementsAre("write a"));
  outcome("a", false, "device_down");
  now = start + 10s;
  EXPECT_THAT(steps(), ElementsAre("end a expired expired"));
}

TEST_F(command_queue_test, waits_for_the_device_and_sends_in_order_when_it_is_back) {
  accept("a", "x");
  accept("b", "y");
  accept("c", "z");
  EXPECT_THAT(steps(), IsEmpty());
  queue.reachable(true);
  EXPECT_THAT(steps(), ElementsAre("mark a", "mark b", "mark c"));
}

TEST_F(command_queue_test, nothing_is_written_after_its_deadline) {
  queue.reachable(true);
  accept("a", "x", command_order::latest, 1s);
  steps();
  now += 1s;
  queue.sent("a", wall_time{});  // durable too late
  EXPECT_THAT(steps(), ElementsAre("end a expired expired"));
  accept("b", "x", command_order::latest, 1s);
  queue.reachable(false);
  EXPECT_THAT(steps(), IsEmpty());
  EXPECT_EQ(queue.next_deadline(), now + 1s);
  now += 1s;
  EXPECT_THAT(steps(), ElementsAre("end b expired expired"));
}

TEST_F(command_queue_test, does_not_say_expired_while_the_bus_holds_the_write) {
  queue.reachable(true);
  accept_and_write("a");
  now += 30s;
  EXPECT_THAT(steps(), IsEmpty());
  outcome("a", true, "", 20.0);
  EXPECT_THAT(steps(), ElementsAre("end a verified"));
}

TEST_F(command_queue_test, the_latest_supersedes_what_waits_but_not_what_is_written) {
  queue.reachable(true);
  accept_and_write("a");
  accept("b");
  accept("c");
  EXPECT_THAT(steps(), ElementsAre("end b superseded superseded"));
  queue.ended("b");
  outcome("a", true, "", 20.0);
  EXPECT_THAT(steps(), ElementsAre("end a verified", "mark c"));
}

TEST_F(command_queue_test, a_queue_sends_all_in_order_one_at_a_time) {
  queue.reachable(true);
  accept("a", "x", command_order::queue);
  accept("b", "x", command_order::queue);
  accept("c", "y", command_order::queue);
  EXPECT_THAT(steps(), ElementsAre("mark a", "mark c"));
  queue.sent("a", wall_time{});
  steps();
  outcome("a", true, "", 20.0);
  EXPECT_THAT(steps(), ElementsAre("end a verified", "mark b"));
}

TEST_F(command_queue_test, only_what_waits_can_be_refused) {
  accept("a");
  EXPECT_TRUE(queue.refuse_waiting("a", "cancelled", ""));
  EXPECT_FALSE(queue.refuse_waiting("a", "cancelled", ""));
  EXPECT_THAT(steps(), ElementsAre("end a refused cancelled"));
  queue.reachable(true);
  accept_and_write("b");
  EXPECT_FALSE(queue.refuse_waiting("b", "cancelled", ""));
}

TEST_F(command_queue_test, giving_up_decides_everything_at_once) {
  queue.reachable(true);
  accept_and_write("a", "x");
  accept("b", "y");
  steps();
  queue.give_up();
  EXPECT_THAT(steps(), ElementsAre("end a failed unknown_effect", "end b refused device_deleted"));
}

TEST_F(command_queue_test, a_hundred_wait_and_no_more) {
  for (std::size_t i = 0; i < command_queue::waiting_max; ++i) {
    EXPECT_FALSE(queue.full());
    accept(std::to_string(i), std::to_string(i));
  }
  EXPECT_TRUE(queue.full());
  queue.reachable(true);
  steps();
  EXPECT_FALSE(queue.full());  // now they are on their way
}

}  // namespace
}  // namespace stellwerk
