#include "nodes/sim/modbus_port.hpp"

#include <gtest/gtest.h>

#include "tests/nodes/sim/plant.hpp"

namespace stellwerk::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t answer_bytes = 11;

class modbus_port_test : public plant_test {};

TEST_F(modbus_port_test, answers_with_the_transaction_and_unit_of_the_request) {
  client c(number());
  EXPECT_EQ(c.ask(read_setpoint(7, 2), answer_bytes), setpoint_is(7, 2, 400));
}

TEST_F(modbus_port_test, answers_for_a_unit_that_is_not_there_with_exception_11) {
  client c(number());
  EXPECT_EQ(c.ask(read_setpoint(1, 3), 9), frame(1, 3, {0x83, 11}));
  EXPECT_EQ(c.ask(read_setpoint(2, 0), 9), frame(2, 0, {0x83, 11}));
}

TEST_F(modbus_port_test, keeps_units_and_ports_apart) {
  client first(number());
  client second(server.ports().back()->number());
  first.ask(write_setpoint(1, 1, 333), 12);
  EXPECT_EQ(first.ask(read_setpoint(2, 1), answer_bytes), setpoint_is(2, 1, 333));
  EXPECT_EQ(first.ask(read_setpoint(3, 2), answer_bytes), setpoint_is(3, 2, 400));
  EXPECT_EQ(second.ask(read_setpoint(4, 1), answer_bytes), setpoint_is(4, 1, 400));
}

TEST_F(modbus_port_test, answers_two_requests_of_one_segment_in_order) {
  client c(number());
  auto both = write_setpoint(1, 1, 250);
  auto second = read_setpoint(2);
  both.insert(both.end(), second.begin(), second.end());
  c.send(both);
  EXPECT_EQ(c.receive(12), write_setpoint(1, 1, 250));
  EXPECT_EQ(c.receive(answer_bytes), setpoint_is(2, 1, 250));
}

TEST_F(modbus_port_test, answers_more_pipelined_requests_than_its_buffer_holds) {
  client c(number());
  bytes requests;
  bytes expected;
  for (int i = 0; i < 1'000; ++i) {
    auto transaction = static_cast<std::uint8_t>(i);
    auto request = read_setpoint(transaction);
    auto answer = setpoint_is(transaction, 1, 400);
    requests.insert(requests.end(), request.begin(), request.end());
    expected.insert(expected.end(), answer.begin(), answer.end());
  }
  EXPECT_EQ(c.ask(requests, expected.size()), expected);
}

TEST_F(modbus_port_test, puts_a_request_together_that_comes_byte_by_byte) {
  client c(number());
  for (auto byte : read_setpoint(9)) c.send(bytes{byte});
  EXPECT_EQ(c.receive(answer_bytes), setpoint_is(9, 1, 400));
}

TEST_F(modbus_port_test, takes_the_longest_frame_there_is) {
  client c(number());
  bytes request{0, 1, 0, 0, 0, 254, 1, 16, 0, 100, 0, 123, 246};
  request.resize(260);
  EXPECT_EQ(c.ask(request, 9), frame(1, 1, {0x90, 3}));
}

TEST_F(modbus_port_test, closes_on_frames_that_are_no_modbus_after_answering_those_before) {
  for (auto header :
       {bytes{0, 1, 0, 1, 0, 6, 1}, bytes{0, 1, 0, 0, 0, 0, 1}, bytes{0, 1, 0, 0, 0, 1, 1},
        bytes{0, 1, 0, 0, 0, 255, 1}}) {
    client c(number());
    auto request = read_setpoint(5);
    request.insert(request.end(), header.begin(), header.end());
    EXPECT_EQ(c.ask(request, answer_bytes), setpoint_is(5, 1, 400));
    EXPECT_EQ(c.end(), net::error::eof);
  }
}

TEST_F(modbus_port_test, closes_connections_beyond_its_limit_at_once) {
  std::vector<std::unique_ptr<client>> clients;
  for (std::size_t i = 0; i < modbus_port::connections_max; ++i)
    clients.push_back(std::make_unique<client>(number()));
  EXPECT_EQ(clients.back()->ask(read_setpoint(1), answer_bytes), setpoint_is(1, 1, 400));
  EXPECT_EQ(client(number()).end(), net::error::eof);
}

TEST_F(modbus_port_test, logs_a_write_before_it_answers) {
  client c(number());
  c.ask(write_setpoint(1, 2, 215), 12);
  c.ask(frame(2, 2, {6, 0, 50, 0, 0}), 9);  // refused: not a write
  auto writes = on_plant([&] { return log.after(0, 10); });
  ASSERT_EQ(writes.size(), 1u);
  auto tail = R"(,"unit":2,"function":6,"address":0,"values":[215]})";
  EXPECT_TRUE(writes[0].ends_with(tail)) << writes[0];
  EXPECT_EQ(on_plant([&] { return port().find(2)->requests; }), 2u);
  EXPECT_EQ(on_plant([&] { return port().find(2)->writes; }), 1u);
}

// --- faults
// ---------------------------------------------------------------------------------------

class modbus_fault_test : public modbus_port_test {
 protected:
  /// The other unit still answers on the same connection, and is the first that does.
  void expect_silence_then_the_other_unit(client& c) {
    c.send(read_setpoint(99, 2));
    EXPECT_EQ(c.receive(answer_bytes), setpoint_is(99, 2, 400));
  }
  std::uint64_t writes() {
    return on_plant([&] { return log.last(); });
  }
};

TEST_F(modbus_fault_test, silent_neither_answers_nor_writes) {
  set_fault({.kind = fault_kind::silent});
  client c(number());
  c.send(write_setpoint(1, 1, 100));
  expect_silence_then_the_other_unit(c);
  EXPECT_EQ(writes(), 0u);
  EXPECT_EQ(on_plant([&] { return port().find(1)->requests; }), 1u);
  set_fault({});
  EXPECT_EQ(c.ask(read_setpoint(2), answer_bytes), setpoint_is(2, 1, 400));
}

TEST_F(modbus_fault_test, lost_answer_writes_but_does_not_answer) {
  set_fault({.kind = fault_kind::lost_answer});
  client c(number());
  c.send(write_setpoint(1, 1, 100));
  expect_silence_then_the_other_unit(c);
  EXPECT_EQ(writes(), 1u);
  EXPECT_EQ(on_plant([&] { return port().find(1)->unit.setpoint(); }), 100);
}

TEST_F(modbus_fault_test, slow_answers_no_sooner_than_it_says) {
  set_fault({.kind = fault_kind::slow, .delay_ms = 50});
  client c(number());
  auto sent = std::chrono::steady_clock::now();
  EXPECT_EQ(c.ask(read_setpoint(1), answer_bytes), setpoint_is(1, 1, 400));
  EXPECT_GE(std::chrono::steady_clock::now() - sent, 50ms);
}

TEST_F(modbus_fault_test, slow_does_not_hold_up_other_connections) {
  set_fault({.kind = fault_kind::slow, .delay_ms = 60'000});
  client slow(number());
  slow.send(read_setpoint(1));
  client c(number());
  EXPECT_EQ(c.ask(read_setpoint(2, 2), answer_bytes), setpoint_is(2, 2, 400));
}

TEST_F(modbus_fault_test, exception_answers_its_code_and_does_not_write) {
  set_fault({.kind = fault_kind::exception, .code = 6});
  client c(number());
  EXPECT_EQ(c.ask(write_setpoint(1, 1, 100), 9), frame(1, 1, {0x86, 6}));
  EXPECT_EQ(writes(), 0u);
}

TEST_F(modbus_fault_test, reset_resets_the_connection_and_does_not_write) {
  set_fault({.kind = fault_kind::reset});
  client c(number());
  c.send(write_setpoint(1, 1, 100));
  EXPECT_EQ(c.end(), net::error::connection_reset);
  EXPECT_EQ(writes(), 0u);
  client again(number());
  EXPECT_EQ(again.ask(read_setpoint(2, 2), answer_bytes), setpoint_is(2, 2, 400));
}

TEST_F(modbus_fault_test, wrong_unit_answers_as_the_next_unit) {
  set_fault({.kind = fault_kind::wrong_unit});
  client c(number());
  EXPECT_EQ(c.ask(read_setpoint(1), answer_bytes), setpoint_is(1, 2, 400));
}

TEST_F(modbus_fault_test, wrong_transaction_answers_the_next_request) {
  set_fault({.kind = fault_kind::wrong_transaction});
  client c(number());
  EXPECT_EQ(c.ask(read_setpoint(1), answer_bytes), setpoint_is(2, 1, 400));
}

TEST_F(modbus_fault_test, short_leaves_out_the_data_it_has_announced) {
  set_fault({.kind = fault_kind::cut_short});
  client c(number());
  auto whole = setpoint_is(1, 1, 400);
  EXPECT_EQ(c.ask(read_setpoint(1), 8), bytes(whole.begin(), whole.begin() + 8));
  expect_silence_then_the_other_unit(c);
}

TEST_F(modbus_fault_test, garbage_is_as_long_as_the_answer_and_no_modbus) {
  set_fault({.kind = fault_kind::garbage});
  client c(number());
  auto answer = c.ask(read_setpoint(1), answer_bytes);
  EXPECT_EQ(answer.size(), answer_bytes);
  EXPECT_NE(answer[2], 0);
  expect_silence_then_the_other_unit(c);
}

TEST_F(modbus_fault_test, drip_waits_before_each_byte) {
  set_fault({.kind = fault_kind::drip, .delay_ms = 5});
  client c(number());
  auto sent = std::chrono::steady_clock::now();
  EXPECT_EQ(c.ask(read_setpoint(1), answer_bytes), setpoint_is(1, 1, 400));
  EXPECT_GE(std::chrono::steady_clock::now() - sent, answer_bytes * 5ms);
}

TEST_F(modbus_fault_test, late_writes_after_a_while_and_answers_reads_only) {
  set_fault({.kind = fault_kind::late, .delay_ms = 500});
  client c(number());
  c.send(write_setpoint(1, 1, 100));
  client other(number());
  EXPECT_EQ(other.ask(read_setpoint(1), answer_bytes), setpoint_is(1, 1, 400));
  while (writes() == 0) std::this_thread::yield();
  EXPECT_EQ(other.ask(read_setpoint(2), answer_bytes), setpoint_is(2, 1, 100));
  expect_silence_then_the_other_unit(c);
}

TEST_F(modbus_fault_test, refuse_drops_all_and_listen_serves_the_same_port_again) {
  client c(number());
  c.ask(read_setpoint(1), answer_bytes);
  on_plant([&] { port().refuse(); });
  EXPECT_EQ(c.end(), net::error::connection_reset);
  EXPECT_THROW(client{number()}, boost::system::system_error);
  client other(server.ports().back()->number());
  EXPECT_EQ(other.ask(read_setpoint(1), answer_bytes), setpoint_is(1, 1, 400));

  EXPECT_FALSE(on_plant([&] { return port().listen(); }));
  client again(number());
  EXPECT_EQ(again.ask(read_setpoint(2), answer_bytes), setpoint_is(2, 1, 400));
}

TEST_F(modbus_fault_test, refuse_drops_a_connection_that_waits_for_a_slow_answer) {
  set_fault({.kind = fault_kind::slow, .delay_ms = 60'000});
  client c(number());
  c.send(read_setpoint(1));
  client asked(number());
  asked.ask(read_setpoint(2, 2), answer_bytes);
  on_plant([&] { port().refuse(); });
  EXPECT_EQ(c.end(), net::error::connection_reset);
}

TEST_F(modbus_fault_test, refuse_carries_out_nothing_that_was_already_sent) {
  client c(number());
  c.ask(read_setpoint(1), answer_bytes);
  on_plant([&] {
    c.send(write_setpoint(2, 1, 100));
    port().refuse();
  });
  EXPECT_EQ(c.end(), net::error::connection_reset);
  EXPECT_EQ(writes(), 0u);
}

TEST_F(modbus_fault_test, listening_twice_and_refusing_twice_changes_nothing) {
  EXPECT_FALSE(on_plant([&] { return port().listen(); }));
  on_plant([&] { port().refuse(); });
  on_plant([&] { port().refuse(); });
  EXPECT_FALSE(on_plant([&] { return port().listen(); }));
  client c(number());
  EXPECT_EQ(c.ask(read_setpoint(1), answer_bytes), setpoint_is(1, 1, 400));
}

}  // namespace
}  // namespace stellwerk::sim
