#include "persistence/chunk.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "persistence/bytes.hpp"
#include "tests/persistence/chunk_check.hpp"

namespace stellwerk {
namespace {

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
  EXPECT_EQ(told.first, wall_time{std::chrono::milliseconds{10}});
  EXPECT_EQ(told.last, wall_time{std::chrono::milliseconds{30}});
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
