#include "actors/field/simulated_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace stellwerk {

namespace {

constexpr double walk_step = 0.05;  // of the amplitude
constexpr double walk_pull = 0.02;  // of the distance from the base
constexpr double tau = 2 * std::numbers::pi;

/// 0 at the start of a period to 1 at its end.
double phase(double t_s, double period_s) { return std::fmod(t_s, period_s) / period_s; }

}  // namespace

/// Box and Muller (1958); the second of the pair is not used.
double simulated_profile::normal(double deviation) {
  auto uniform = [this] {
    auto span = static_cast<double>(std::minstd_rand::max() - std::minstd_rand::min()) + 1;
    return (static_cast<double>(chance_() - std::minstd_rand::min()) + 1) / span;  // never 0
  };
  auto radius = std::sqrt(-2 * std::log(uniform()));
  return deviation * radius * std::cos(tau * uniform());
}

double simulated_profile::at(double t_s) {
  auto x = by_.base_value;
  switch (by_.profile) {
    case profile::constant:
      break;
    case profile::sine_wave:
      x += by_.amplitude * std::sin(tau * phase(t_s, by_.period_s));
      break;
    case profile::sawtooth:
      x += by_.amplitude * (2 * phase(t_s, by_.period_s) - 1);
      break;
    case profile::step:
      x += std::fmod(std::floor(t_s / by_.period_s), 2) == 0 ? -by_.amplitude : by_.amplitude;
      break;
    case profile::random_walk:
      x = walk_;
      walk_ += normal(walk_step * by_.amplitude) + walk_pull * (by_.base_value - walk_);
      break;
  }
  return by_.noise > 0 ? x + normal(by_.noise) : x;
}

value simulated_value(double x, const channel& of) {
  x = std::max(x, of.min.value_or(-std::numeric_limits<double>::infinity()));
  x = std::min(x, of.max.value_or(std::numeric_limits<double>::infinity()));
  switch (of.type) {
    case value_type::bool_:
      return x >= 0.5;
    case value_type::string_:
      return std::string{};
    case value_type::int_:
      return static_cast<std::int64_t>(std::llround(std::clamp(x, -0x1p62, 0x1p62)));
    case value_type::float_:
      break;
  }
  auto rounded = std::round(x * 1000) / 1000;
  return std::isfinite(rounded) ? rounded : x;
}

std::string check_simulated_write(const channel& to, const value& what) {
  if (to.direction == direction::in) return "not_writable";
  auto wanted = converted(what, to.type);
  if (wanted.empty()) return "wrong_type";
  auto x = wanted.number();
  return (to.min && x < *to.min) || (to.max && x > *to.max) ? "out_of_range" : "";
}

problems check_simulation(const channel& of) {
  problems found;
  if (of.scaling.kind != scaling_kind::none)
    found.push_back({"scaling.kind", "invalid", "there is no raw value to scale", "none"});
  if (!of.simulation) return found;
  auto& by = *of.simulation;
  if (of.type == value_type::string_)
    found.push_back({"simulation", "invalid", "a text has no profile", "none"});
  if (by.amplitude < 0)
    found.push_back({"simulation.amplitude", "out_of_range", "is negative", "0 or more"});
  if (by.period_s < 1)
    found.push_back({"simulation.period_s", "out_of_range", "is too short", "1 or more"});
  if (by.noise < 0)
    found.push_back({"simulation.noise", "out_of_range", "is negative", "0 or more"});
  return found;
}

}  // namespace stellwerk
