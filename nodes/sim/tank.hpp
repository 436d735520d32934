#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace stellwerk::sim {

/// What a control system may set. Out of range values are obeyed as far as the plant can.
struct tank_controls {
  double setpoint_c = 40.0;     ///< 0..95
  double valve_percent = 70.0;  ///< 0..100, outlet
  bool pump_on = true;
};

/// What the sensors say; temperature and level carry noise, flow is that of the outlet.
struct tank_readings {
  double temperature_c = 0;
  double level_percent = 0;
  double flow_l_min = 0;
  bool over_temperature = false;
};

/// A small stirred tank of water: a pump fills it, a valve drains it, a jacket holds it at the
/// setpoint. It has no clock: the same seed, controls and times always give the same readings,
/// however often it is read in between.
class tank {
 public:
  static constexpr std::chrono::milliseconds step{100};
  static constexpr std::chrono::milliseconds catch_up_max = std::chrono::minutes(10);

  explicit tank(std::uint32_t seed);

  /// Runs the whole steps up to `since_start`. Of a longer pause only the last `catch_up_max` are
  /// simulated, which bounds the cost of a call (6,000 steps, about 0.1 ms).
  void advance_to(std::chrono::milliseconds since_start);

  void control(const tank_controls& controls) { controls_ = controls; }
  tank_readings readings() const;

 private:
  void advance_one_step();
  double noise(double amplitude);

  tank_controls controls_;
  std::chrono::milliseconds time_{0};
  double temperature_c_;
  double level_percent_;
  double temperature_noise_c_ = 0;
  double level_noise_percent_ = 0;
  bool over_temperature_ = false;
  std::minstd_rand random_;
};

}  // namespace stellwerk::sim
