#include "actors/field/registers.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "actors/model/codec.hpp"

namespace stellwerk {
namespace {

using words = std::vector<std::uint16_t>;

register_address address(
    raw_type type, endian word_order = endian::big, endian byte_order = endian::big
) {
  register_address a;
  a.register_.value = 0;
  a.type = type;
  a.word_order = word_order;
  a.byte_order = byte_order;
  if (type == raw_type::string) a.length = decltype(a.length)::value_type::clamped(4);
  return a;
}

struct vector_row {
  raw_type type;
  raw_value value;
  words big;          // word and byte order big
  words word_little;  // the same with the words the other way round
  words byte_little;  // the same with the bytes of each word the other way round
};

class register_vectors : public testing::TestWithParam<vector_row> {};

TEST_P(register_vectors, are_read_and_written_in_all_four_orders) {
  auto& row = GetParam();
  auto both = row.word_little;
  for (auto& w : both) w = static_cast<std::uint16_t>(w << 8 | w >> 8);
  struct {
    endian words, bytes;
    stellwerk::words image;
  } orders[]{
      {endian::big, endian::big, row.big},
      {endian::little, endian::big, row.word_little},
      {endian::big, endian::little, row.byte_little},
      {endian::little, endian::little, both}};
  for (auto& o : orders) {
    auto where = address(row.type, o.words, o.bytes);
    EXPECT_EQ(encode(where, row.value), o.image);
    EXPECT_EQ(decode(where, o.image), row.value);
  }
}

INSTANTIATE_TEST_SUITE_P(
    all, register_vectors,
    testing::Values(
        vector_row{raw_type::int16, std::int64_t{-2}, {0xFFFE}, {0xFFFE}, {0xFEFF}},
        vector_row{raw_type::uint16, std::int64_t{0x1234}, {0x1234}, {0x1234}, {0x3412}},
        vector_row{
            raw_type::int32,
            std::int64_t{-2},
            {0xFFFF, 0xFFFE},
            {0xFFFE, 0xFFFF},
            {0xFFFF, 0xFEFF}},
        vector_row{
            raw_type::uint32,
            std::int64_t{0x12345678},
            {0x1234, 0x5678},
            {0x5678, 0x1234},
            {0x3412, 0x7856}},
        vector_row{
            raw_type::int64,
            std::int64_t{0x0123456789ABCDEF},
            {0x0123, 0x4567, 0x89AB, 0xCDEF},
            {0xCDEF, 0x89AB, 0x4567, 0x0123},
            {0x2301, 0x6745, 0xAB89, 0xEFCD}},
        vector_row{
            raw_type::uint64,
            std::uint64_t{0xFEDCBA9876543210},
            {0xFEDC, 0xBA98, 0x7654, 0x3210},
            {0x3210, 0x7654, 0xBA98, 0xFEDC},
            {0xDCFE, 0x98BA, 0x5476, 0x1032}},
        vector_row{raw_type::float32, 1.5, {0x3FC0, 0x0000}, {0x0000, 0x3FC0}, {0xC03F, 0x0000}},
        vector_row{
            raw_type::float64, -2.0, {0xC000, 0, 0, 0}, {0, 0, 0, 0xC000}, {0x00C0, 0, 0, 0}},
        vector_row{
            raw_type::string,
            std::string{"tank 1"},
            {0x7461, 0x6E6B, 0x2031, 0},
            {0, 0x2031, 0x6E6B, 0x7461},
            {0x6174, 0x6B6E, 0x3120, 0}}
    ),
    [](auto& p) { return to_word(p.param.type); }
);

TEST(registers, keep_every_number_that_fits_and_refuse_every_other) {
  struct {
    raw_type type;
    double least, most;
  } types[]{
      {raw_type::int16, -32768, 32767},
      {raw_type::uint16, 0, 65535},
      {raw_type::int32, -2147483648.0, 2147483647},
      {raw_type::uint32, 0, 4294967295}};
  std::mt19937_64 draw{7};
  for (auto& t : types) {
    auto where = address(t.type);
    for (double x : {t.least, t.most, 0.0}) EXPECT_TRUE(encode(where, x)) << to_word(t.type);
    for (double x : {t.least - 1, t.most + 1, 0.5, 1e300, std::nan("")})
      EXPECT_FALSE(encode(where, x)) << to_word(t.type) << ' ' << x;
    std::uniform_int_distribution<std::int64_t> any(
        static_cast<std::int64_t>(t.least), static_cast<std::int64_t>(t.most)
    );
    for (int i = 0; i < 1000; ++i) {
      auto x = any(draw);
      EXPECT_EQ(decode(where, *encode(where, x)), raw_value{x});
    }
  }
}

TEST(registers, keep_integers_of_64_bits_to_the_last_digit) {
  using limits = std::numeric_limits<std::int64_t>;
  for (auto x : {limits::min(), limits::min() + 1, limits::max(), std::int64_t{1} << 53 | 1})
    EXPECT_EQ(decode(address(raw_type::int64), *encode(address(raw_type::int64), x)), raw_value{x});
  EXPECT_FALSE(encode(address(raw_type::int64), 0x1p63));
  EXPECT_TRUE(encode(address(raw_type::int64), -0x1p63));
  EXPECT_FALSE(encode(address(raw_type::uint64), std::int64_t{-1}));
  EXPECT_FALSE(encode(address(raw_type::int64), std::numeric_limits<std::uint64_t>::max()));
}

TEST(registers, take_what_is_not_a_finite_number_for_no_value) {
  auto f32 = [](float x) {
    auto bits = std::bit_cast<std::uint32_t>(x);
    return words{static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits)};
  };
  auto where = address(raw_type::float32);
  EXPECT_FALSE(decode(where, f32(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_FALSE(decode(where, f32(std::numeric_limits<float>::infinity())));
  EXPECT_EQ(decode(where, f32(-0.25f)), raw_value{-0.25});
  EXPECT_FALSE(decode(address(raw_type::float64), words{0x7FF0, 0, 0, 1}));
  EXPECT_FALSE(encode(where, 3.5e38));
  EXPECT_FALSE(encode(where, std::numeric_limits<double>::infinity()));
}

TEST(registers, hold_texts_up_to_their_length) {
  auto where = address(raw_type::string);
  EXPECT_EQ(decode(where, *encode(where, std::string{})), raw_value{std::string{}});
  EXPECT_EQ(
      decode(where, *encode(where, std::string{"12345678"})), raw_value{std::string{"12345678"}}
  );
  EXPECT_FALSE(encode(where, std::string{"123456789"}));
  EXPECT_FALSE(encode(where, std::string("a\0b", 3)));
  EXPECT_FALSE(decode(where, words{0xFF41, 0, 0, 0})) << "not UTF-8";
  EXPECT_EQ(decode(where, words{0x4100, 0x4242, 0, 0}), raw_value{std::string{"A"}});
}

TEST(registers, show_each_bit_and_do_not_write_it) {
  for (std::uint16_t bit = 0; bit < 16; ++bit) {
    auto where = address(raw_type::bit);
    where.bit = decltype(where.bit)::value_type::clamped(bit);
    EXPECT_EQ(decode(where, words{static_cast<std::uint16_t>(1u << bit)}), raw_value{true});
    EXPECT_EQ(decode(where, words{static_cast<std::uint16_t>(~(1u << bit))}), raw_value{false});
    EXPECT_FALSE(encode(where, true));
  }
}

TEST(registers, of_bits_are_single_values) {
  register_address coil;
  coil.table = register_table::coil;
  EXPECT_EQ(type_of(coil), raw_type::bit);
  EXPECT_EQ(size_of(coil), 1);
  EXPECT_EQ(decode(coil, words{1}), raw_value{true});
  EXPECT_EQ(encode(coil, false), words{0});
  EXPECT_FALSE(encode(coil, 1.0));
}

TEST(registers, refuse_the_wrong_number_of_words) {
  EXPECT_FALSE(decode(address(raw_type::int32), words{1}));
  EXPECT_FALSE(decode(address(raw_type::int16), words{1, 2}));
}

TEST(register_addresses, are_read_as_documented) {
  register_address a;
  EXPECT_TRUE(
      json::decode(R"({"table":"input","register":7,"type":"float32","word_order":"little"})", a)
          .empty()
  );
  EXPECT_EQ(a.table, register_table::input);
  EXPECT_EQ(a.register_.value, 7);
  EXPECT_EQ(a.word_order, endian::little);
  EXPECT_EQ(size_of(a), 2);
}

TEST(register_addresses, need_a_register) {
  register_address a;
  auto found = json::decode(R"({"table":"input"})", a);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "register");
  EXPECT_EQ(found[0].code, "required");
  EXPECT_EQ(json::decode(R"({"register":65536})", a).at(0).code, "out_of_range");
}

}  // namespace
}  // namespace stellwerk
