#include "persistence/chunk.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "persistence/bytes.hpp"

namespace stellwerk {
namespace {

using std::chrono::milliseconds;

sample at(std::int64_t ms, value v, quality q = quality::good) {
  return {7, q, wall_time{milliseconds{ms}}, std::move(v)};
}

void expect_equal(const samples& back, const samples& run) {
  ASSERT_EQ(back.size(), run.size());
  for (std::size_t i = 0; i < run.size(); ++i) {
    EXPECT_EQ(back[i].time, run[i].time);
    EXPECT_EQ(back[i].quality, run[i].quality);
    EXPECT_EQ(back[i].series, 7u);
    auto* real = run[i].value.as<double>();
    if (real == nullptr) {
      EXPECT_EQ(back[i].value, run[i].value);
    } else {
      ASSERT_NE(back[i].value.as<double>(), nullptr);
      EXPECT_EQ(
          std::bit_cast<std::uint64_t>(*back[i].value.as<double>()),
          std::bit_cast<std::uint64_t>(*real)
      );
    }
  }
}

void expect_same(const samples& run) {
  auto back = chunk::decode(chunk::encode(run), 7);
  ASSERT_TRUE(back);
  expect_equal(*back, run);
}

samples temperatures(std::size_t count, unsigned seed) {
  std::mt19937_64 dice{seed};
  std::normal_distribution<double> drift{0, 3 * std::sqrt(1 - 0.999 * 0.999)};
  std::normal_distribution<double> noise{0, 0.3};
  std::uniform_int_distribution<int> jitter{-2, 2};
  samples run;
  double a = 0;
  for (std::size_t i = 0; i < count; ++i) {
    a = 0.999 * a + drift(dice);
    auto shown = std::round((50 + a + noise(dice)) * 10) / 10;
    run.push_back(at(1'700'000'000'000 + std::int64_t(i) * 1000 + jitter(dice), shown));
  }
  return run;
}

samples counts(std::size_t count, unsigned seed) {
  std::mt19937_64 dice{seed};
  samples run;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < count; ++i)
    run.push_back(at(static_cast<std::int64_t>(i) * 60'000, total += dice() % 5 + dice() % 2));
  return run;
}

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string{digits.substr(i, 2)}, nullptr, 16));
  return bytes;
}

/// Three digits, some places before or behind the point.
double short_decimal(std::uint64_t raw) {
  auto exponent = static_cast<int>((raw >> 32u) % 19) - 9;
  return std::stod(std::to_string(raw % 1000) + 'e' + std::to_string(exponent));
}

TEST(chunk_test, gives_back_every_kind_to_the_last_bit) {
  using limit = std::numeric_limits<double>;
  using whole = std::numeric_limits<std::int64_t>;
  expect_same({at(0, 1.5)});
  expect_same({at(5, 0.1), at(6, -0.0), at(4, 0.0), at(4, 0.3)});
  expect_same({at(0, limit::denorm_min()), at(1, limit::max()), at(2, limit::lowest()), at(3, 1e22)}
  );
  expect_same({at(0, 1.0 / 3), at(1, 2.0 / 3), at(2, 1e-9), at(3, 4503599627370497.0)});
  expect_same({at(0, 4e15), at(1, 0.5)});
  expect_same({at(0, 1e10), at(1, 0.123456)});
  expect_same({at(0, 12345678.0), at(1, 0.123456789)});
  expect_same({at(0, whole::min()), at(1, whole::max()), at(2, 0), at(3, -1)});
  expect_same({at(0, true), at(1, false), at(2, true)});
  expect_same({at(0, "a"), at(1, "b"), at(2, "a"), at(3, ""), at(4, std::string(1024, 'x'))});
  expect_same({at(0, 1), at(1, 1.0), at(2, true), at(3, "x"), at(4, value{})});
  expect_same({at(whole::min(), 1.0), at(whole::max(), 2.0), at(0, 3.0)});
  expect_same({at(whole::max(), whole::min()), at(whole::min(), whole::max())});
}

TEST(chunk_test, gives_back_what_is_no_number_and_both_zeros) {
  auto odd = [](std::uint64_t bits) { return std::bit_cast<double>(bits); };
  auto quiet = odd(0x7ff8'0000'0000'1234);
  auto negative = odd(0xfff0'0000'0000'0001);
  expect_same({at(0, quiet), at(1, negative), at(2, -0.0), at(3, 0.0)});
  auto run = temperatures(640, 5);
  for (std::size_t i : {0, 1, 100, 639}) run[i].value = i == 100 ? quiet : -0.0;
  expect_same(run);
  for (std::size_t i = 0; i < run.size(); ++i) run[i].value = i % 2 == 0 ? negative : 1e-310;
  expect_same(run);
}

TEST(chunk_test, takes_a_few_strangers_among_decimals_for_little) {
  auto run = temperatures(4096, 5);
  auto plain = chunk::encode(run).size();
  for (std::size_t i = 7; i < run.size(); i += 64) run[i].value = -0.0;
  EXPECT_LT(chunk::encode(run).size(), plain + plain / 5);
}

TEST(chunk_test, gives_back_times_with_gaps_drift_and_doubles) {
  samples run;
  std::mt19937_64 dice{9};
  std::int64_t ms = -5'000'000;
  for (int i = 0; i < 5'000; ++i) {
    ms += i % 1'700 == 0 ? 3'600'123 : i % 900 == 0 ? 0 : 1'000 + (i % 77 == 0);
    run.push_back(at(ms + static_cast<std::int64_t>(dice() % 3), i % 50 * 0.5));
  }
  expect_same(run);
}

TEST(chunk_test, keeps_runs_of_quality) {
  samples run;
  for (int i = 0; i < 512; ++i)
    run.push_back(at(i * 1000, i * 0.5, static_cast<quality>(i / 100 % 4)));
  expect_same(run);
}

TEST(chunk_test, gives_back_what_it_got_for_many_seeds) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937_64 dice{seed};
    samples run;
    auto kind = dice() % 6;
    auto count = 1 + dice() % (kind == 5 ? 4 : seed % 20 == 0 ? chunk::samples_max : 512);
    for (std::size_t i = 0; i < count; ++i) {
      auto raw = dice();
      value v = kind == 0   ? value{std::bit_cast<double>(raw & ~(std::uint64_t{1} << 62u))}
                : kind == 1 ? value{static_cast<std::int64_t>(raw)}
                : kind == 2 ? value{(raw & 1u) != 0}
                : kind == 3 ? value{std::to_string(raw % 7)}
                : kind == 4 ? value{static_cast<double>(raw % 1000) / 100}
                            : value{short_decimal(raw)};
      run.push_back(at(static_cast<std::int64_t>(dice() >> 20u), v, static_cast<quality>(raw % 4)));
    }
    SCOPED_TRACE(seed);
    expect_same(run);
  }
}

TEST(chunk_test, tells_its_span_without_being_decoded) {
  auto told = chunk::summary_of(chunk::encode(samples{at(30, 1.0), at(10, 2.0), at(20, 3.0)}));
  EXPECT_EQ(told.count, 3u);
  EXPECT_EQ(told.first, wall_time{milliseconds{10}});
  EXPECT_EQ(told.last, wall_time{milliseconds{30}});
  EXPECT_EQ(chunk::summary_of("").count, 0u);
}

TEST(chunk_test, refuses_every_truncation_and_survives_every_change_of_a_byte) {
  auto doubles = temperatures(40, 2);
  for (auto& one : doubles) one.value = std::sqrt(*one.value.as<double>());
  auto some = {
      temperatures(64, 1), counts(300, 1), doubles,
      samples{at(0, true), at(9, false), at(10, false)},
      samples{at(0, "abc"), at(1, "abc"), at(2, 5)}};
  for (auto& run : some) {
    auto good = chunk::encode(run);
    for (std::size_t length = 0; length < good.size(); ++length)
      EXPECT_FALSE(chunk::decode(std::string_view{good}.substr(0, length), 7)) << length;
    EXPECT_FALSE(chunk::decode(good + '\0', 7));
    std::mt19937 dice{3};
    for (int i = 0; i < 20'000; ++i) {
      auto bad = good;
      for (auto n = 1 + dice() % 3; n > 0; --n)
        bad[dice() % bad.size()] = static_cast<char>(dice());
      auto decoded = chunk::decode(bad, 7);
      EXPECT_TRUE(!decoded || decoded->size() <= chunk::samples_max);
    }
  }
}

TEST(chunk_test, survives_every_body_behind_a_good_header) {
  std::mt19937_64 dice{11};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    byte_writer out{bytes};
    out.byte(static_cast<std::uint8_t>(1 + dice() % 2));
    if (dice() % 2 == 0) out.byte(0);
    out.varint(1 + dice() % chunk::samples_max);
    for (auto n = dice() % 64; n > 0; --n)
      out.byte(static_cast<std::uint8_t>(dice() % 3 == 0 ? dice() : dice() % 4));
    auto decoded = chunk::decode(bytes, 7);
    EXPECT_TRUE(!decoded || decoded->size() <= chunk::samples_max);
  }
}

struct kept_chunk {
  const char* hex;
  samples run;
};

/// What versions of the program wrote stays readable.
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

TEST(chunk_test, reads_what_version_1_wrote) {
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

TEST(chunk_test, reads_what_version_2_wrote) {
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
TEST(chunk_test, foresees_as_it_always_did) {
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

TEST(chunk_test, is_small_for_an_ordinary_sensor) {
  for (auto [count, most] : {std::pair{512, 1.1}, {8192, 0.86}}) {
    std::size_t bytes = 0;
    for (unsigned seed = 0; seed < 8; ++seed)
      bytes += chunk::encode(temperatures(static_cast<std::size_t>(count), seed)).size();
    auto per_sample = static_cast<double>(bytes) / (8 * count);
    std::cout << per_sample << " bytes a sample, " << count << " at 1 Hz with ± 2 ms jitter\n";
    EXPECT_LT(per_sample, most);
  }
}

}  // namespace
}  // namespace stellwerk
