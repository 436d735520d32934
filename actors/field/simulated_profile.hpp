#pragma once

#include <random>
#include <string>

#include "actors/model/devices.hpp"

namespace stellwerk {

/// The signal of a simulated channel. The same parameters give the same series: nothing but the
/// seed and the moments asked for decide. With base b, amplitude a, period T, at time t:
///   constant     b
///   sine_wave    b + a·sin(2πt/T)
///   sawtooth     b − a + 2a·(t mod T)/T
///   step         b − a and b + a in turns of T, low first
///   random_walk  from b by steps of N(0, 0.05·a), pulled back by a fiftieth of its distance
/// and N(0, noise) on top.
class simulated_profile {
 public:
  explicit simulated_profile(const simulation& by)
      : by_(by), chance_(by.seed), walk_(by.base_value) {}

  double at(double t_s);

 private:
  double normal(double deviation);

  simulation by_;
  std::minstd_rand chance_;
  double walk_;
};

/// `x` within the channel's range, with three decimals, as its type: of bool channels, whether it
/// is at least 0.5; empty for texts.
value simulated_value(double x, const channel& of);

/// Empty, or not_writable, wrong_type, out_of_range.
std::string check_simulated_write(const channel& to, const value& what);

/// Paths are relative to the channel: `simulation.period_s`.
problems check_simulation(const channel& of);

}  // namespace stellwerk
