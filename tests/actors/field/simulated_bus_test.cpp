#include "actors/field/simulated_bus.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/actors/field/bus_listener.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

TEST(simulated_profile, follows_its_formula) {
  auto at = [](profile kind, double t) { return simulated_profile{{kind, 10, 4, 8, 0, 1}}.at(t); };
  EXPECT_EQ(at(profile::constant, 3), 10);
  EXPECT_NEAR(at(profile::sine_wave, 2), 14, 1e-9);
  EXPECT_NEAR(at(profile::sine_wave, 6), 6, 1e-9);
  EXPECT_NEAR(at(profile::sine_wave, 8), 10, 1e-9);
  EXPECT_NEAR(at(profile::sawtooth, 0), 6, 1e-9);
  EXPECT_NEAR(at(profile::sawtooth, 6), 12, 1e-9);
  EXPECT_NEAR(at(profile::sawtooth, 8), 6, 1e-9);
  EXPECT_EQ(at(profile::step, 0), 6) << "low first";
  EXPECT_EQ(at(profile::step, 8), 14);
  EXPECT_EQ(at(profile::step, 16), 6);
}

TEST(simulated_profile, gives_the_same_series_for_the_same_seed_only) {
  for (auto kind : {profile::constant, profile::random_walk}) {
    simulated_profile a{{kind, 0, 10, 60, 0.5, 7}}, b{{kind, 0, 10, 60, 0.5, 7}},
        c{{kind, 0, 10, 60, 0.5, 8}};
    int differ = 0;
    for (int i = 0; i < 100; ++i) {
      auto x = a.at(i);
      EXPECT_EQ(x, b.at(i));
      differ += x != c.at(i);
    }
    EXPECT_GT(differ, 90);
  }
}

TEST(simulated_profile, walks_and_stays_near_its_base) {
  simulated_profile walk{{profile::random_walk, 50, 10, 60, 0, 3}};
  double sum = 0, squares = 0, last = 50;
  constexpr int n = 20'000;
  for (int i = 0; i < n; ++i) {
    auto x = walk.at(i);
    EXPECT_LT(std::abs(x - last), 5 * 0.5 + 0.02 * 50) << "small steps";
    sum += x - 50;
    squares += (x - 50) * (x - 50);
    last = x;
  }
  EXPECT_NEAR(sum / n, 0, 1);
  EXPECT_NEAR(std::sqrt(squares / n), 2.5, 0.7) << "0.5 / sqrt(1 − 0.98²): it accumulates";
}

TEST(simulated_profile, has_noise_of_the_deviation_it_was_given) {
  simulated_profile noisy{{profile::constant, 0, 0, 60, 2, 3}};
  double sum = 0, squares = 0;
  constexpr int n = 20'000;
  for (int i = 0; i < n; ++i) {
    auto x = noisy.at(i);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.1);
  EXPECT_NEAR(std::sqrt(squares / n), 2, 0.1);
}

TEST(simulated_value, keeps_range_decimals_and_type) {
  auto c = point(1, R"({"name":"a","min":0,"max":10})").what;
  EXPECT_EQ(simulated_value(1.23456, c), value{1.235});
  EXPECT_EQ(simulated_value(11, c), value{10.0});
  EXPECT_EQ(simulated_value(-1, c), value{0.0});
  c.type = value_type::int_;
  EXPECT_EQ(simulated_value(1.6, c), value{2});
  c.type = value_type::bool_;
  EXPECT_EQ(simulated_value(0.4, c), value{false});
  EXPECT_EQ(simulated_value(1, c), value{true});
}

struct simulated_bus_test : actor_test {
  void serve(const std::string& id, std::vector<bus_point> points) {
    caf::anon_send(bus, serve_unit{id, {}, std::move(points), listener});
    settle();
  }
  write_outcome carried_out(std::uint32_t series, value what, bool only_read = false) {
    write_point w;
    w.command_id = "c" + std::to_string(told->outcomes.size());
    w.device_id = "sim";
    w.point.series = series;
    w.what = std::move(what);
    w.deadline = deadline.value_or(now() + 1s);
    w.only_read = only_read;
    w.listener = listener;
    auto before = told->outcomes.size();
    caf::anon_send(bus, w);
    settle();
    EXPECT_EQ(told->outcomes.size(), before + 1);
    return told->outcomes.back();
  }
  void TearDown() override {
    bus = nullptr;
    listener = nullptr;
    actor_test::TearDown();
  }

  bus_told_ptr told = std::make_shared<bus_told>();
  bus_listener listener = spawn(listening, told);
  bus_actor bus = spawn(simulated_bus, tools);
  std::optional<moment> deadline;
};

const char* const output = R"({"name":"out","direction":"both","min":0,"max":10,"safe_value":2})";

TEST_F(simulated_bus_test, loses_no_poll_of_100_channels_at_50_ms) {
  std::vector<bus_point> points;
  for (std::uint32_t i = 1; i <= 100; ++i)
    points.push_back(point(i, R"({"name":"a","poll_ms":50,
        "simulation":{"profile":"sine_wave","amplitude":5,"noise":0.1}})"));
  serve("sim", points);
  EXPECT_EQ(told->state(), link_state::online);
  auto before = told->of(100).size();
  advance(60s);
  for (std::uint32_t i = 1; i <= 100; ++i) EXPECT_EQ(told->of(i).size() - before, 1200u);
}

TEST_F(simulated_bus_test, gives_the_same_series_on_every_device) {
  auto signal = [](std::uint32_t series) {
    return point(series, R"({"name":"a","simulation":{"profile":"random_walk","base_value":20,
        "amplitude":5,"noise":0.5,"seed":9}})");
  };
  serve("one", {signal(1)});
  serve("other", {signal(2)});
  advance(100s);
  auto one = told->of(1), other = told->of(2);
  ASSERT_EQ(one.size(), 101u);
  ASSERT_EQ(other.size(), 101u);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].value, other[i].value);
  EXPECT_EQ(one[5].quality, quality::good);
}

TEST_F(simulated_bus_test, keeps_what_is_written) {
  serve("sim", {point(1, output)});
  EXPECT_EQ(told->last(1).value, value{2}) << "the safe value at first";
  auto end = carried_out(1, 7);
  EXPECT_TRUE(end.written);
  EXPECT_EQ(end.read_back, value{7.0});
  EXPECT_EQ(told->last(1).value, value{7.0});
  advance(5s);
  EXPECT_EQ(told->last(1).value, value{7.0});
  EXPECT_EQ(carried_out(1, {}, true).read_back, value{7.0});
  serve("sim", {point(1, output), point(2, R"({"name":"b"})")});
  EXPECT_EQ(told->last(1).value, value{7.0}) << "a new plan does not reset it";
}

TEST_F(simulated_bus_test, refuses_what_a_real_device_would) {
  serve("sim", {point(1, output), point(2, R"({"name":"in"})")});
  EXPECT_EQ(carried_out(1, 11).code, "out_of_range");
  EXPECT_EQ(carried_out(1, "on").code, "wrong_type");
  EXPECT_EQ(carried_out(2, 1).code, "not_writable");
  EXPECT_EQ(carried_out(9, 1).code, "unknown_unit");
  deadline = now();
  EXPECT_EQ(carried_out(1, 5).code, "expired");
  EXPECT_EQ(told->last(1).value, value{2});
}

TEST_F(simulated_bus_test, forgets_a_dropped_unit) {
  serve("sim", {point(1, output)});
  serve("other", {point(2, output)});
  caf::anon_send(bus, drop_unit{"sim"});
  advance(10s);
  EXPECT_EQ(told->of(1).size(), 1u);
  EXPECT_EQ(told->of(2).size(), 11u);
}

TEST_F(simulated_bus_test, does_not_poll_all_units_in_one_handler) {
  for (int i = 0; i < 1000; ++i) serve("unit-" + std::to_string(i), {point(1, output)});
  auto before = told->items.size();
  advance(10s);
  EXPECT_EQ(told->items.size() - before, 10'000u);
}

}  // namespace
}  // namespace stellwerk
