#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "persistence/bytes.hpp"
#include "persistence/chunk.hpp"
#include "tests/persistence/chunk_check.hpp"

/// Bytes on disk: what any version of the program wrote, this one reads.
namespace stellwerk {
namespace {

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string{digits.substr(i, 2)}, nullptr, 16));
  return bytes;
}

struct kept_chunk {
  const char* hex;
  samples run;
};

void expect_readable(const std::vector<kept_chunk>& all) {
  for (auto& [hex, run] : all) {
    auto bytes = from_hex(hex);
    auto back = chunk::decode(bytes, 7);
    ASSERT_TRUE(back) << hex;
    expect_equal(*back, run);
    auto told = chunk::summary_of(bytes);
    EXPECT_EQ(told.count, run.size());
    EXPECT_EQ(told.first, run.front().time);
    EXPECT_EQ(told.last, run.back().time);
  }
}

samples kept_decimals() {
  samples run;
  for (int i = 0; i < 64; ++i)
    run.push_back(
        at(1'700'000'000'000 + i * 1000 + i * 7 % 5, (200 + i * i % 9) / 10.0,
           i < 40 ? quality::good : quality::stale)
    );
  return run;
}

const samples kept_integers{at(-5, 5), at(6, -7), at(9, std::int64_t{1} << 40u)};
const samples kept_bools{at(0, true), at(1, false), at(2, true)};
const samples kept_mixed{at(0, "on"), at(1, "on"), at(2, 5), at(3, 1.5), at(4, true)};

TEST(chunk_format_test, reads_what_version_1_wrote) {
  expect_readable(
      {{"01014080a0abfef962b2d80787010028b52ffd20870d0100c0d40f00090a090a00280118000190030206070e00"
        "0d"
        "0805010200c7722ee32c46",
        kept_decimals()},
       {"0100030a0821000204000301bfaad7aad5aad5aa55bfabd7aad5aad5aa55feef90e78391c0ba9c01",
        {at(5, 1.0 / 3), at(6, -0.0), at(9, 1e300)}},
       {"010003091c0d00160f0003020a178e8080808040", kept_integers},
       {"01000300040600020000030305", kept_bools},
       {"01000500081600020000000005040400026f6e0400020a03bff0030101", kept_mixed}}
  );
  EXPECT_EQ(chunk::summary_of(from_hex("0100814000")).count, 0u);
}

TEST(chunk_format_test, reads_what_version_2_wrote) {
  auto decimals = kept_decimals();
  decimals[50].value = -0.0;
  samples ramp;
  for (int i = 0; i < 40; ++i)
    ramp.push_back(at(1000 * i + (i > 20 ? 500'000 : 0), std::int64_t{i} * i * 3 - i % 3));
  expect_readable(
      {{"024080a0abfef962b2d807081084a0abfef962c481c03ef60300011528b52ffd204065000030030404050405"
        "0100c7598a00280118000109109003000000011a28b52ffd20408d0000580002040d160d0d160d04040100e2"
        "59bc01328001",
        decimals},
       {"02030a0800100a808018020000000300000301000010aad5aad5aad5aad57f0000080000008c0004bb",
        {at(5, 1.0 / 3), at(6, 1.0 / 3 + 1e-16), at(9, 1.0 / 3 - 1e-12)}},
       {"02030a0800100a8080180200000003000003041d0001bfaad7aad5aad5aa5581bbffcedbc49897e50181f68e"
        "93bddcf7a224",
        {at(5, 1.0 / 3), at(6, -5e-9 / 7), at(9, -0.7 / 9)}},
       {"0203091c00100980805806000000000f00030200100a000021000000ff000000002e000000d8ffffff0700",
        kept_integers},
       {"020300040010008080080100020000030300100200000000000100", kept_bools},
       {"02050008001000808008010002000005041000040400026f6e0400020a03bff0030101", kept_mixed},
       {"022800f0e5410010008080c03ef5030c011528b52ffd2028650000200000f400020060c609c0020000000000"
        "0000000000000000000000000000000000000000000000000000002400000000000000000000000000000000"
        "0000000000000000000000002802091000000000011428b52ffd20285d00002800040c12060100249d16",
        ramp}}
  );
}

/// Twelve integers of a second each, of the same residuals beside each row of the table of gains.
samples foreseen_by(std::uint8_t row) {
  std::string bytes;
  byte_writer out{bytes};
  auto model = [&](std::uint8_t gains, std::int64_t start, std::int64_t slope, std::uint64_t jump) {
    out.byte(gains);
    out.byte(16);
    out.signed_varint(start);
    out.signed_varint(slope * 65'536);
    out.varint(jump);
    out.byte(0);
  };
  out.byte(2);
  out.varint(12);
  out.signed_varint(0);
  out.signed_varint(11'000);
  model(0, 0, 1'000, 0);
  out.raw({"\2\0", 2});
  out.raw({"\0\14", 2});
  out.byte(2);
  model(row, 5, 2, 10);
  out.raw({"\0\0\6\1\2\4\0\36\4\10\2\4\11", 13});
  auto run = chunk::decode(bytes, 7);
  return run ? *run : samples{};
}

/// None may change; as docs/formats.md says it.
TEST(chunk_format_test, foresees_as_it_always_did) {
  std::string all;
  for (std::uint8_t row = 0; row < 11; ++row) {
    for (auto& one : foreseen_by(row)) all += std::to_string(*one.value.as<std::int64_t>()) + ' ';
    all += '\n';
  }
  EXPECT_EQ(
      all,
      "5 10 8 12 15 15 32 36 40 39 42 37 \n"
      "5 10 8 12 15 15 32 36 40 39 42 38 \n"
      "5 10 8 12 15 16 33 37 41 41 44 39 \n"
      "5 10 9 12 16 16 33 37 41 41 44 40 \n"
      "5 10 9 13 16 16 33 37 42 42 45 40 \n"
      "5 10 9 13 16 17 34 38 43 43 47 42 \n"
      "5 10 10 13 17 18 35 39 44 45 49 45 \n"
      "5 10 10 13 17 18 35 39 45 47 51 47 \n"
      "5 10 11 14 18 20 37 41 47 50 54 51 \n"
      "5 10 14 19 26 33 55 64 77 91 107 118 \n"
      "5 10 10 13 17 18 35 39 45 46 50 47 \n"
  );
  EXPECT_TRUE(foreseen_by(11).empty());
}

}  // namespace
}  // namespace stellwerk
