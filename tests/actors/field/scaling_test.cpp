#include "actors/field/scaling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace stellwerk {
namespace {

channel linear(double scale, double offset, value_type type = value_type::float_) {
  channel c;
  c.type = type;
  c.scaling = {scaling_kind::linear, scale, offset, 1, false};
  return c;
}
channel divided(double divisor) {
  channel c;
  c.scaling = {scaling_kind::divide, 1, 0, divisor, false};
  return c;
}

double read(std::int64_t raw, const channel& by) {
  auto r = engineering(raw_value{raw}, by);
  return r ? r->value.number() : std::nan("");
}

std::optional<std::int64_t> written(value what, const channel& by, raw_type type) {
  auto raw = raw_of(what, by, type);
  if (!std::holds_alternative<raw_value>(raw)) return {};
  register_address where;
  where.type = type;
  auto words = encode(where, std::get<raw_value>(raw));
  if (!words) return {};
  return std::get<std::int64_t>(*decode(where, *words));
}

struct row {
  const char* name;
  channel by;
  std::int64_t raw;
  double engineering;
};

const row fluidised_bed[]{
    {"temperature", divided(10), 215, 21.5},
    {"pressure", divided(1000), 1013, 1.013},
    {"humidity", divided(100), 4550, 45.5},
    {"flow_zero", linear(40.0 / 3305, -931 * 40.0 / 3305), 931, 0},
    {"flow_full", linear(40.0 / 3305, -931 * 40.0 / 3305), 4236, 40},
    {"heater_off", linear(1.0 / 160, -25), 4000, 0},
    {"heater_half", linear(1.0 / 160, -25), 12000, 50},
    {"heater_full", linear(1.0 / 160, -25), 20000, 100},
    {"blower", divided(100), 7525, 75.25},
};

TEST(scaling, converts_the_shipped_vectors_both_ways) {
  for (auto& v : fluidised_bed) {
    EXPECT_NEAR(read(v.raw, v.by), v.engineering, 1e-9) << v.name;
    EXPECT_EQ(written(v.engineering, v.by, raw_type::uint16), v.raw) << v.name;
  }
}

TEST(scaling, reads_back_what_was_written_within_half_a_raw_step) {
  std::mt19937_64 draw{11};
  std::uniform_real_distribution<double> gain(-3, 3), offset(-500, 500), wanted(-9000, 9000);
  for (auto type :
       {raw_type::int16, raw_type::int32, raw_type::int64, raw_type::float32, raw_type::float64})
    for (int i = 0; i < 5000; ++i) {
      auto by = linear(std::pow(10, gain(draw)) * (i % 2 == 0 ? 1 : -1), offset(draw));
      value x{wanted(draw)};
      auto raw = raw_of(x, by, type);
      ASSERT_TRUE(std::holds_alternative<raw_value>(raw));
      register_address where;
      where.type = type;
      auto words = encode(where, std::get<raw_value>(raw));
      if (!words) continue;  // beyond int16
      auto back = engineering(*decode(where, *words), by);
      ASSERT_TRUE(back);
      EXPECT_LE(std::abs(back->value.number() - x.number()), half_step(x, by, type))
          << to_word(type) << ' ' << x.number() << " by " << by.scaling.scale;
    }
}

TEST(scaling, tells_a_neighbouring_raw_value_apart) {
  auto by = divided(10);
  EXPECT_LT(half_step(21.5, by, raw_type::int16), 0.1);
  EXPECT_GE(half_step(21.5, by, raw_type::int16), 0.05);
}

TEST(scaling, clamps_only_if_asked_and_says_so) {
  auto by = divided(10);
  by.min = 0;
  by.max = 100;
  EXPECT_EQ(read(1200, by), 120);
  EXPECT_EQ(engineering(raw_value{std::int64_t{1200}}, by)->quality, quality::good);
  by.scaling.clamp = true;
  auto high = engineering(raw_value{std::int64_t{1200}}, by);
  EXPECT_EQ(high->value, value{100.0});
  EXPECT_EQ(high->quality, quality::substituted);
  EXPECT_EQ(engineering(raw_value{std::int64_t{-5}}, by)->value, value{0.0});
  EXPECT_EQ(engineering(raw_value{std::int64_t{1000}}, by)->quality, quality::good);
}

TEST(scaling, keeps_integers_whole) {
  auto by = linear(0.1, 0, value_type::int_);
  EXPECT_EQ(engineering(raw_value{std::int64_t{26}}, by)->value, value{3});
  channel plain;
  plain.type = value_type::int_;
  auto large = (std::int64_t{1} << 62) + 1;
  EXPECT_EQ(engineering(raw_value{large}, plain)->value, value{large});
  EXPECT_EQ(
      raw_of(large, plain, raw_type::int64), (std::variant<raw_value, unwritable>{raw_value{large}})
  );
  EXPECT_FALSE(engineering(raw_value{std::uint64_t{1} << 63}, plain)) << "no int64";
  channel real;
  EXPECT_EQ(engineering(raw_value{std::uint64_t{1} << 63}, real)->value, value{0x1p63});
}

TEST(scaling, says_why_a_value_cannot_be_written) {
  auto why = [](value what, const channel& by, raw_type type = raw_type::int16) {
    auto raw = raw_of(what, by, type);
    return std::holds_alternative<unwritable>(raw) ? std::get<unwritable>(raw) : unwritable{99};
  };
  auto by = divided(10);
  by.min = 0;
  by.max = 95;
  EXPECT_EQ(why("warm", by), unwritable::wrong_type);
  EXPECT_EQ(why({}, by), unwritable::wrong_type);
  EXPECT_EQ(why(95.1, by), unwritable::out_of_range);
  EXPECT_EQ(why(-0.1, by), unwritable::out_of_range);
  EXPECT_EQ(why(1e300, linear(1e-300, 0), raw_type::float64), unwritable::not_representable);
  EXPECT_EQ(written(95.0, by, raw_type::int16), 950);
  EXPECT_FALSE(written(5000.0, divided(10), raw_type::int16)) << "50000 is no int16";
}

TEST(scaling, leaves_bits_and_texts_alone) {
  channel on;
  on.type = value_type::bool_;
  EXPECT_EQ(engineering(raw_value{true}, on)->value, value{true});
  EXPECT_FALSE(engineering(raw_value{std::int64_t{1}}, on));
  channel text;
  text.type = value_type::string_;
  EXPECT_EQ(engineering(raw_value{std::string{"a"}}, text)->value, value{"a"});
  channel number;
  EXPECT_FALSE(engineering(raw_value{true}, number));
}

TEST(scaling, is_refused_without_an_inverse) {
  EXPECT_EQ(check_scaling(divided(0)).at(0).path, "scaling.divisor");
  EXPECT_EQ(check_scaling(linear(0, 1)).at(0).path, "scaling.scale");
  EXPECT_EQ(check_scaling(linear(2, 1, value_type::string_)).at(0).path, "scaling.kind");
  auto clamp = divided(10);
  clamp.scaling.clamp = true;
  EXPECT_EQ(check_scaling(clamp).at(0).path, "scaling.clamp");
  EXPECT_TRUE(check_scaling(divided(10)).empty());
}

}  // namespace
}  // namespace stellwerk
