#include "nodes/sim/modbus_unit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace stellwerk::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

pdu_bytes pdu(std::initializer_list<int> bytes) {
  pdu_bytes out;
  for (auto byte : bytes) out.push_back(static_cast<std::uint8_t>(byte));
  return out;
}

/// `head`, then `count` bytes of zero.
pdu_bytes padded(std::initializer_list<int> head, std::size_t count) {
  auto out = pdu(head);
  out.resize(out.size() + count);
  return out;
}

int word(const pdu_bytes& answer, std::size_t at) { return answer[at] << 8 | answer[at + 1]; }

// --- what is refused, and with which exception
// ----------------------------------------------------

struct refused_case {
  std::string name;
  pdu_bytes request;
  int exception;
};
std::ostream& operator<<(std::ostream& out, const refused_case& c) { return out << c.name; }

class refused_test : public testing::TestWithParam<refused_case> {};

TEST_P(refused_test, answers_the_exception_and_writes_nothing) {
  modbus_unit unit(1);
  auto answer = unit.answer(GetParam().request);
  EXPECT_EQ(answer.pdu, pdu({GetParam().request[0] | 0x80, GetParam().exception}));
  EXPECT_FALSE(answer.written);
  EXPECT_EQ(unit.setpoint(), 400);
  EXPECT_EQ(unit.valve(), 700);
  EXPECT_TRUE(unit.pump());
}

INSTANTIATE_TEST_SUITE_P(
    all, refused_test,
    testing::Values(
        refused_case{"unknown_function", pdu({7}), 1},
        refused_case{"function_43", pdu({43, 14, 1, 0}), 1},
        refused_case{"coils_none", pdu({1, 0, 0, 0, 0}), 3},
        refused_case{"coils_2001", pdu({1, 0, 0, 0x07, 0xD1}), 3},
        refused_case{"coils_2000_are_not_there", pdu({1, 0, 0, 0x07, 0xD0}), 2},
        refused_case{"coils_short", pdu({1, 0, 0, 0}), 3},
        refused_case{"coils_long", pdu({1, 0, 0, 0, 1, 0}), 3},
        refused_case{"discrete_1", pdu({2, 0, 1, 0, 1}), 2},
        refused_case{"holding_none", pdu({3, 0, 0, 0, 0}), 3},
        refused_case{"holding_126", pdu({3, 0, 100, 0, 126}), 3},
        refused_case{"holding_125_are_not_there", pdu({3, 0, 100, 0, 125}), 2},
        refused_case{"holding_2", pdu({3, 0, 2, 0, 1}), 2},
        refused_case{"holding_99", pdu({3, 0, 99, 0, 1}), 2},
        refused_case{"holding_199_and_200", pdu({3, 0, 199, 0, 2}), 2},
        refused_case{"holding_past_the_last_address", pdu({3, 0xFF, 0xFF, 0, 2}), 2},
        refused_case{"input_3", pdu({4, 0, 3, 0, 1}), 2},
        refused_case{"input_126", pdu({4, 0, 100, 0, 126}), 3},
        refused_case{"coil_half_on", pdu({5, 0, 0, 0, 1}), 3},
        refused_case{"coil_1", pdu({5, 0, 1, 0, 0}), 2},
        refused_case{"coil_short", pdu({5, 0, 0}), 3},
        refused_case{"register_2", pdu({6, 0, 2, 0, 1}), 2},
        refused_case{"register_long", pdu({6, 0, 0, 0, 1, 0}), 3},
        refused_case{"write_coils_none", pdu({15, 0, 0, 0, 0, 0, 0}), 3},
        refused_case{"write_coils_1969", padded({15, 0, 0, 0x07, 0xB1, 247}, 247), 3},
        refused_case{"write_coils_1968", padded({15, 0, 0, 0x07, 0xB0, 246}, 246), 2},
        refused_case{"write_coils_two", pdu({15, 0, 0, 0, 2, 1, 0}), 2},
        refused_case{"write_coils_wrong_byte_count", pdu({15, 0, 0, 0, 1, 2, 0, 0}), 3},
        refused_case{"write_coils_missing_byte", pdu({15, 0, 0, 0, 9, 2, 0}), 3},
        refused_case{"write_registers_none", pdu({16, 0, 0, 0, 0, 0, 0, 0}), 3},
        refused_case{"write_registers_124", padded({16, 0, 100, 0, 124, 248}, 248), 3},
        refused_case{"write_registers_123", padded({16, 0, 100, 0, 123, 246}, 246), 2},
        refused_case{"write_registers_into_a_gap", pdu({16, 0, 1, 0, 2, 4, 0, 1, 0, 1}), 2},
        refused_case{"write_registers_wrong_byte_count", pdu({16, 0, 0, 0, 1, 4, 0, 1, 0, 1}), 3},
        refused_case{"write_registers_missing_byte", pdu({16, 0, 0, 0, 2, 4, 0, 1, 0}), 3},
        refused_case{"mask_register_2", pdu({22, 0, 2, 0, 0, 0, 0}), 2},
        refused_case{"mask_register_short", pdu({22, 0, 0, 0, 0, 0}), 3},
        refused_case{"exchange_reads_126", pdu({23, 0, 100, 0, 126, 0, 0, 0, 1, 2, 0, 1}), 3},
        refused_case{"exchange_writes_122", padded({23, 0, 0, 0, 1, 0, 100, 0, 122, 244}, 244), 3},
        refused_case{"exchange_writes_none", pdu({23, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}), 3},
        refused_case{"exchange_reads_a_gap", pdu({23, 0, 2, 0, 1, 0, 0, 0, 1, 2, 0, 1}), 2},
        refused_case{"exchange_writes_a_gap", pdu({23, 0, 0, 0, 1, 0, 2, 0, 1, 2, 0, 1}), 2},
        refused_case{"exchange_short", pdu({23, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0}), 3}
    ),
    [](const auto& row) { return row.param.name; }
);

// --- what is answered
// -----------------------------------------------------------------------------

class modbus_unit_test : public testing::Test {
 protected:
  pdu_bytes ask(std::initializer_list<int> bytes) { return unit.answer(pdu(bytes)).pdu; }
  modbus_unit unit{1};
};

TEST_F(modbus_unit_test, reads_pump_and_alarm_as_single_bits) {
  EXPECT_EQ(ask({1, 0, 0, 0, 1}), pdu({1, 1, 1}));
  EXPECT_EQ(ask({2, 0, 0, 0, 1}), pdu({2, 1, 0}));
}

TEST_F(modbus_unit_test, reads_the_process_in_tenths_and_hundredths) {
  auto answer = ask({4, 0, 0, 0, 3});
  ASSERT_EQ(answer.size(), 8u);
  EXPECT_EQ(answer[1], 6);
  EXPECT_NEAR(word(answer, 2), 200, 1);
  EXPECT_NEAR(word(answer, 4), 500, 1);
  EXPECT_EQ(word(answer, 6), 119);  // 2.4 l/min, 70 % open, half full
}

TEST_F(modbus_unit_test, reads_a_temperature_below_zero_as_a_negative_int16) {
  ask({6, 0, 0, 0xFF, 0x38});  // -20.0
  EXPECT_EQ(static_cast<std::int16_t>(unit.setpoint()), -200);
  EXPECT_EQ(ask({3, 0, 0, 0, 1}), pdu({3, 2, 0xFF, 0x38}));
}

TEST_F(modbus_unit_test, counts_its_requests_in_the_input_block) {
  auto first = ask({4, 0, 100, 0, 100});
  auto second = ask({4, 0, 199, 0, 1});
  ASSERT_EQ(first.size(), 202u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(word(first, 2 + 2 * static_cast<std::size_t>(i)), 1 + i);
  EXPECT_EQ(word(second, 2), 2 + 99);
}

TEST_F(modbus_unit_test, moves_the_plant_by_setpoint_valve_and_pump) {
  ask({6, 0, 0, 0x01, 0xF4});  // 50.0 °C
  ask({6, 0, 1, 0, 0});        // valve shut
  ask({5, 0, 0, 0, 0});        // pump off
  unit.advance_to(5s);
  auto answer = ask({4, 0, 0, 0, 3});
  EXPECT_GT(word(answer, 2), 240);
  EXPECT_NEAR(word(answer, 4), 500, 1);
  EXPECT_EQ(word(answer, 6), 0);
  ask({5, 0, 0, 0xFF, 0});
  unit.advance_to(65s);
  EXPECT_NEAR(unit.input(1), 620, 1);
}

TEST_F(modbus_unit_test, sets_the_alarm_bit_when_it_is_too_hot) {
  ask({6, 0, 0, 0x03, 0x84});  // 90.0 °C
  unit.advance_to(5min);
  EXPECT_EQ(ask({2, 0, 0, 0, 1}), pdu({2, 1, 1}));
}

TEST_F(modbus_unit_test, echoes_single_writes_and_reports_them) {
  auto coil = unit.answer(pdu({5, 0, 0, 0xFF, 0}));
  EXPECT_EQ(coil.pdu, pdu({5, 0, 0, 0xFF, 0}));
  ASSERT_TRUE(coil.written);
  EXPECT_EQ(coil.written->function, 5);
  EXPECT_THAT(coil.written->values, ElementsAre(1));

  auto holding = unit.answer(pdu({6, 0, 150, 0x12, 0x34}));
  EXPECT_EQ(holding.pdu, pdu({6, 0, 150, 0x12, 0x34}));
  ASSERT_TRUE(holding.written);
  EXPECT_EQ(holding.written->address, 150);
  EXPECT_THAT(holding.written->values, ElementsAre(0x1234));
  EXPECT_EQ(ask({3, 0, 150, 0, 1}), pdu({3, 2, 0x12, 0x34}));
}

TEST_F(modbus_unit_test, writes_several_registers_in_order) {
  auto answer = unit.answer(pdu({16, 0, 100, 0, 2, 4, 0x41, 0xC8, 0, 1}));
  EXPECT_EQ(answer.pdu, pdu({16, 0, 100, 0, 2}));
  ASSERT_TRUE(answer.written);
  EXPECT_THAT(answer.written->values, ElementsAre(0x41C8, 1));
  EXPECT_EQ(ask({3, 0, 100, 0, 3}), pdu({3, 6, 0x41, 0xC8, 0, 1, 0, 0}));
}

TEST_F(modbus_unit_test, writes_the_coil_with_function_15) {
  auto answer = unit.answer(pdu({15, 0, 0, 0, 1, 1, 0}));
  EXPECT_EQ(answer.pdu, pdu({15, 0, 0, 0, 1}));
  ASSERT_TRUE(answer.written);
  EXPECT_THAT(answer.written->values, ElementsAre(0));
  EXPECT_FALSE(unit.pump());
}

TEST_F(modbus_unit_test, masks_a_register_as_the_standard_says) {
  ask({6, 0, 100, 0, 0x12});
  auto answer = unit.answer(pdu({22, 0, 100, 0, 0xF2, 0, 0x25}));  // the standard's own example
  EXPECT_EQ(answer.pdu, pdu({22, 0, 100, 0, 0xF2, 0, 0x25}));
  ASSERT_TRUE(answer.written);
  EXPECT_THAT(answer.written->values, ElementsAre(0x17));
  EXPECT_EQ(ask({3, 0, 100, 0, 1}), pdu({3, 2, 0, 0x17}));
}

TEST_F(modbus_unit_test, writes_before_it_reads_with_function_23) {
  auto answer = unit.answer(pdu({23, 0, 100, 0, 2, 0, 101, 0, 1, 2, 0xAB, 0xCD}));
  EXPECT_EQ(answer.pdu, pdu({23, 4, 0, 0, 0xAB, 0xCD}));
  ASSERT_TRUE(answer.written);
  EXPECT_EQ(answer.written->address, 101);
  EXPECT_THAT(answer.written->values, ElementsAre(0xABCD));
}

TEST_F(modbus_unit_test, takes_the_largest_write_the_block_holds) {
  auto request = padded({16, 0, 100, 0, 100, 200}, 200);
  request.back() = 9;
  EXPECT_EQ(unit.answer(request).pdu, pdu({16, 0, 100, 0, 100}));
  EXPECT_EQ(ask({3, 0, 199, 0, 1}), pdu({3, 2, 0, 9}));
}

}  // namespace
}  // namespace stellwerk::sim
