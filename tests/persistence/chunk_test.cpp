#include "persistence/chunk.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace stellwerk {
namespace {

using std::chrono::milliseconds;

sample at(std::int64_t ms, value v, quality q = quality::good) {
  return {7, q, wall_time{milliseconds{ms}}, std::move(v)};
}

void expect_same(const samples& run) {
  auto bytes = chunk::encode(run);
  auto back = chunk::decode(bytes, 7);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), run.size());
  for (std::size_t i = 0; i < run.size(); ++i) {
    EXPECT_EQ((*back)[i].time, run[i].time);
    EXPECT_EQ((*back)[i].quality, run[i].quality);
    EXPECT_EQ((*back)[i].series, 7u);
    auto* real = run[i].value.as<double>();
    if (real == nullptr) {
      EXPECT_EQ((*back)[i].value, run[i].value);
    } else {
      ASSERT_NE((*back)[i].value.as<double>(), nullptr);
      EXPECT_EQ(
          std::bit_cast<std::uint64_t>(*(*back)[i].value.as<double>()),
          std::bit_cast<std::uint64_t>(*real)
      );
    }
  }
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
    auto count = 1 + dice() % (kind == 5 ? 4 : chunk::samples_max);
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
  for (auto& run : {temperatures(64, 1), samples{at(0, "abc"), at(1, "abc"), at(2, 5)}}) {
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

TEST(chunk_test, is_small_for_an_ordinary_sensor) {
  std::size_t bytes = 0;
  for (unsigned seed = 0; seed < 50; ++seed) bytes += chunk::encode(temperatures(512, seed)).size();
  auto per_sample = static_cast<double>(bytes) / (50 * 512);
  RecordProperty("bytes_per_sample", std::to_string(per_sample));
  std::cout << per_sample << " bytes a sample at 1 Hz with ± 2 ms jitter\n";
  EXPECT_LT(per_sample, 2.0);
}

}  // namespace
}  // namespace stellwerk
