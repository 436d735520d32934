#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "actors/model/samples.hpp"

namespace stellwerk::bench {

enum class signal : std::uint8_t {
  temperature,
  pressure,
  flow,
  counter,
  constant,
  boolean,
  normal
};
inline constexpr std::array signal_names{"temperature", "pressure", "flow",  "counter",
                                         "constant",    "boolean",  "normal"};

/// Ten channels a device, polled together at 1 Hz with ± 2 ms of jitter: of 20 channels 10
/// temperatures, 3 pressures, 3 flows, and one each of the others. The same for each seed.
class plant_mix {
 public:
  plant_mix(std::uint32_t channels, unsigned seed);
  ~plant_mix();

  static signal signal_of(std::uint32_t channel);
  /// One sample of each channel, the series being its number.
  void next_second(samples& out);

 private:
  struct channel;
  std::mt19937_64 dice_;
  std::vector<channel> channels_;
  std::int64_t second_ = 0;
};

}  // namespace stellwerk::bench
