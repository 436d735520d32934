#include "tests/bench/plant_mix.hpp"

#include <cmath>

namespace stellwerk::bench {

namespace {

constexpr std::int64_t first_ms = 1'700'000'000'000;
constexpr std::uint32_t channels_a_device = 10;

/// middle + a + w, rounded: a = AR(1) with `phi`, of stationary deviation `slow`; w white.
struct sensor {
  double middle = 0;
  double phi = 0;
  double slow = 0;
  double white = 0;
  double steps = 1;  // a unit
};
constexpr std::array<sensor, 3> sensors{
    {{50, 0.999, 3, 0.3, 10}, {3, 0.999, 0.5, 0.05, 100}, {100, 0.99, 10, 1, 10}}};

}  // namespace

struct plant_mix::channel {
  bench::signal signal{};
  std::normal_distribution<double> unit{};
  double slow = 0;
  std::int64_t count = 0;

  value next(std::mt19937_64& dice) {
    switch (signal) {
      case signal::temperature:
      case signal::pressure:
      case signal::flow: {
        auto& s = sensors[static_cast<std::size_t>(signal)];
        slow = s.phi * slow + s.slow * std::sqrt(1 - s.phi * s.phi) * unit(dice);
        return std::round((s.middle + slow + s.white * unit(dice)) * s.steps) / s.steps;
      }
      case signal::counter:
        return count += static_cast<std::int64_t>(dice() % 5);
      case signal::constant:
        return 21.5;
      case signal::boolean:
        if (dice() % 300 == 0) count = 1 - count;
        return count != 0;
      case signal::normal:
        return unit(dice);
    }
    return {};
  }
};

plant_mix::plant_mix(std::uint32_t channels, unsigned seed) : dice_(seed) {
  for (std::uint32_t i = 0; i < channels; ++i) channels_.emplace_back().signal = signal_of(i);
}

plant_mix::~plant_mix() = default;

signal plant_mix::signal_of(std::uint32_t channel) {
  constexpr std::array<unsigned, 7> ends{10, 13, 16, 17, 18, 19, 20};
  std::size_t which = 0;
  while (channel % 20 >= ends[which]) ++which;
  return static_cast<signal>(which);
}

void plant_mix::next_second(samples& out) {
  auto polled = first_ms;
  for (std::uint32_t i = 0; i < channels_.size(); ++i) {
    if (i % channels_a_device == 0)
      polled = first_ms + second_ * 1000 + static_cast<std::int64_t>(dice_() % 5) - 2;
    out.push_back(
        {i, quality::good, wall_time{std::chrono::milliseconds{polled}}, channels_[i].next(dice_)}
    );
  }
  ++second_;
}

}  // namespace stellwerk::bench
