#include "actors/field/modbus_pdu.hpp"

#include <gtest/gtest.h>

#include <random>

#include "nodes/sim/modbus_unit.hpp"

namespace stellwerk {
namespace {

using words = std::vector<std::uint16_t>;

read_request asked(register_table table, std::uint16_t first, std::uint16_t count) {
  return {table, first, count, {}};
}

TEST(modbus_pdu, of_reads_is_as_in_the_protocol) {
  EXPECT_EQ(
      read_pdu(register_table::coil, 0x0102, 3), (std::array<std::uint8_t, 5>{1, 1, 2, 0, 3})
  );
  EXPECT_EQ(
      read_pdu(register_table::discrete, 0, 2000), (std::array<std::uint8_t, 5>{2, 0, 0, 7, 0xD0})
  );
  EXPECT_EQ(
      read_pdu(register_table::holding, 0xFFFF, 1),
      (std::array<std::uint8_t, 5>{3, 0xFF, 0xFF, 0, 1})
  );
  EXPECT_EQ(
      read_pdu(register_table::input, 7, 125), (std::array<std::uint8_t, 5>{4, 0, 7, 0, 125})
  );
}

TEST(modbus_pdu, of_writes_takes_the_function_for_one_or_for_more) {
  EXPECT_EQ(write_pdu(register_table::coil, 2, words{1}), (pdu_bytes{5, 0, 2, 0xFF, 0}));
  EXPECT_EQ(write_pdu(register_table::coil, 2, words{0}), (pdu_bytes{5, 0, 2, 0, 0}));
  EXPECT_EQ(write_pdu(register_table::holding, 2, words{0x1234}), (pdu_bytes{6, 0, 2, 0x12, 0x34}));
  EXPECT_EQ(
      write_pdu(register_table::holding, 2, words{1, 0x203}),
      (pdu_bytes{16, 0, 2, 0, 2, 4, 0, 1, 2, 3})
  );
  EXPECT_EQ(
      write_pdu(register_table::coil, 2, words{1, 0, 0, 0, 0, 0, 0, 0, 1}),
      (pdu_bytes{15, 0, 2, 0, 9, 2, 1, 1})
  );
}

TEST(modbus_pdu, reads_registers_and_bits_out_of_an_answer) {
  auto a = asked(register_table::holding, 0, 2);
  EXPECT_EQ(std::get<words>(parse_read(pdu_bytes{3, 4, 1, 2, 3, 4}, a)), (words{0x102, 0x304}));
  auto b = asked(register_table::discrete, 0, 9);
  EXPECT_EQ(
      std::get<words>(parse_read(pdu_bytes{2, 2, 0x81, 0x01}, b)),
      (words{1, 0, 0, 0, 0, 0, 0, 1, 1})
  );
}

TEST(modbus_pdu, knows_a_refusal) {
  auto refused = parse_read(pdu_bytes{0x83, 2}, asked(register_table::holding, 0, 1));
  ASSERT_TRUE(std::holds_alternative<modbus_exception>(refused));
  EXPECT_EQ(to_text(std::get<modbus_exception>(refused)), "exception 2: illegal data address");
  EXPECT_EQ(to_text(modbus_exception{99}), "exception 99");
  EXPECT_TRUE(modbus_exception{11}.of_gateway());
}

TEST(modbus_pdu, takes_nothing_else_for_an_answer) {
  auto a = asked(register_table::holding, 0, 2);
  for (auto& bytes : std::vector<pdu_bytes>{
           {},
           {3},
           {3, 4, 1, 2, 3},        // short
           {3, 4, 1, 2, 3, 4, 5},  // long
           {3, 5, 1, 2, 3, 4},     // wrong count
           {4, 4, 1, 2, 3, 4},     // another function
           {0x84, 2},              // another's refusal
           {0x83, 2, 0},           // refusal with more
       })
    EXPECT_TRUE(std::holds_alternative<not_an_answer>(parse_read(bytes, a)));
  pdu_bytes write{6, 0, 2, 0x12, 0x34};
  EXPECT_TRUE(std::holds_alternative<acknowledged>(parse_write(write, write)));
  EXPECT_TRUE(
      std::holds_alternative<not_an_answer>(parse_write(pdu_bytes{6, 0, 2, 0x12, 0x35}, write))
  );
  EXPECT_TRUE(std::holds_alternative<not_an_answer>(parse_write(pdu_bytes{6, 0, 2, 0x12}, write)));
  EXPECT_TRUE(std::holds_alternative<modbus_exception>(parse_write(pdu_bytes{0x86, 3}, write)));
}

TEST(modbus_pdu, survives_any_bytes) {
  std::mt19937 draw{9};
  for (int i = 0; i < 100'000; ++i) {
    pdu_bytes bytes(draw() % 260);
    for (auto& b : bytes) b = static_cast<std::uint8_t>(draw());
    if (!bytes.empty() && i % 2 == 0) bytes[0] = 3;
    auto count = static_cast<std::uint16_t>(1 + draw() % 125);
    auto said = parse_read(bytes, asked(register_table::holding, 0, count));
    auto* got = std::get_if<words>(&said);
    if (got != nullptr) {
      EXPECT_EQ(bytes.size(), 2u + count * 2u);
    }
  }
}

TEST(modbus_frame_check, takes_exactly_the_frame_that_was_asked_for) {
  frame_buffer buffer;
  auto frame = framed(buffer, 7, 2, pdu_bytes{3, 2, 0, 1});
  std::vector whole(frame.begin(), frame.end());
  EXPECT_EQ(whole, (std::vector<std::uint8_t>{0, 7, 0, 0, 0, 5, 2, 3, 2, 0, 1}));
  auto pdu = unframed(whole, 7, 2);
  EXPECT_EQ((pdu_bytes{pdu.begin(), pdu.end()}), (pdu_bytes{3, 2, 0, 1}));
  EXPECT_TRUE(unframed(whole, 8, 2).empty()) << "another transaction";
  EXPECT_TRUE(unframed(whole, 7, 3).empty()) << "another unit";
  for (std::size_t i = 2; i < 6; ++i) {
    auto wrong = whole;
    wrong[i] ^= 1;
    EXPECT_TRUE(unframed(wrong, 7, 2).empty()) << "protocol or length, byte " << i;
  }
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_TRUE(unframed(std::span{whole}.first(n), 7, 2).empty()) << n << " bytes";
}

TEST(modbus_pdu, is_understood_by_the_simulated_unit) {
  sim::modbus_unit unit{1};
  words some{1, 2, 3, 0xFFFF};
  auto write = write_pdu(register_table::holding, 100, some);
  EXPECT_TRUE(std::holds_alternative<acknowledged>(parse_write(unit.answer(write).pdu, write)));
  auto read = unit.answer(read_pdu(register_table::holding, 100, 4)).pdu;
  EXPECT_EQ(std::get<words>(parse_read(read, asked(register_table::holding, 100, 4))), some);
}

}  // namespace
}  // namespace stellwerk
