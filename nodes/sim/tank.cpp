#include "nodes/sim/tank.hpp"

#include <algorithm>
#include <cmath>

namespace stellwerk::sim {

namespace {

// Water at 20 °C (CRC Handbook); one litre is taken as one kilogram.
constexpr double heat_capacity_j_kg_k = 4184.0;
// Chosen, so that a person sees each control act within seconds.
constexpr double volume_l = 10.0;
constexpr double mass_min_kg = 0.5;  // the jacket and the sensor keep some heat when it is empty
constexpr double pump_l_min = 1.2;
constexpr double valve_l_min = 2.4;  // full open, full tank
constexpr double time_constant_s = 20.0;
constexpr double jacket_w_max = 30'000.0;
constexpr double loss_w_per_k = 5.0;
constexpr double ambient_c = 20.0;
constexpr double supply_c = 15.0;
constexpr double setpoint_c_max = 95.0;
constexpr double alarm_on_c = 80.0;
constexpr double alarm_off_c = 78.0;
constexpr double temperature_noise_c = 0.06;
constexpr double level_noise_percent = 0.06;
constexpr double step_s = std::chrono::duration<double>(tank::step).count();

}  // namespace

tank::tank(std::uint32_t seed) : temperature_c_(ambient_c), level_percent_(50.0), random_(seed) {}

void tank::advance_to(std::chrono::milliseconds since_start) {
  time_ = std::max(time_, since_start - catch_up_max);
  for (; time_ + step <= since_start; time_ += step) advance_one_step();
}

tank_readings tank::readings() const {
  auto valve = std::clamp(controls_.valve_percent, 0.0, 100.0) / 100.0;
  return {
      .temperature_c = temperature_c_ + temperature_noise_c_,
      .level_percent = std::clamp(level_percent_ + level_noise_percent_, 0.0, 100.0),
      .flow_l_min = valve_l_min * valve * std::sqrt(level_percent_ / 100.0),  // Torricelli
      .over_temperature = over_temperature_,
  };
}

void tank::advance_one_step() {
  auto heat_j_per_k =
      heat_capacity_j_kg_k * std::max(volume_l * level_percent_ / 100.0, mass_min_kg);
  auto inflow_l_min = controls_.pump_on && level_percent_ < 100.0 ? pump_l_min : 0.0;
  auto outflow_l_min = readings().flow_l_min;

  auto supply_w = inflow_l_min / 60.0 * heat_capacity_j_kg_k * (supply_c - temperature_c_);
  auto ambient_w = loss_w_per_k * (ambient_c - temperature_c_);
  // The thermostat makes up for what supply and ambient take, so the tank settles on the setpoint.
  auto setpoint_c = std::clamp(controls_.setpoint_c, 0.0, setpoint_c_max);
  auto wanted_w = heat_j_per_k * (setpoint_c - temperature_c_) / time_constant_s;
  auto jacket_w = std::clamp(wanted_w - supply_w - ambient_w, -jacket_w_max, jacket_w_max);
  temperature_c_ += (jacket_w + supply_w + ambient_w) * step_s / heat_j_per_k;

  auto change_l = (inflow_l_min - outflow_l_min) / 60.0 * step_s;
  level_percent_ = std::clamp(level_percent_ + 100.0 * change_l / volume_l, 0.0, 100.0);

  over_temperature_ = temperature_c_ >= (over_temperature_ ? alarm_off_c : alarm_on_c);
  temperature_noise_c_ = noise(temperature_noise_c);
  level_noise_percent_ = noise(level_noise_percent);
}

double tank::noise(double amplitude) {
  auto unit = static_cast<double>(random_()) / static_cast<double>(std::minstd_rand::max());
  return amplitude * (2.0 * unit - 1.0);
}

}  // namespace stellwerk::sim
