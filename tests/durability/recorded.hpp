#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "actors/model/time.hpp"

/// Databases made by the real writers, beside a record of all that went into them, so that what is
/// read after an accident can be compared with what was there at each moment before it.
namespace stellwerk {

inline constexpr wall_time record_begin{std::chrono::milliseconds{1'700'000'000'000}};

/// What a look at a database after an accident found.
enum class outcome : std::uint8_t {
  harmless,    // all is there
  tail_lost,   // all up to some moment is there, and that is not before the guaranteed one
  refused,     // it does not open
  read_error,  // what is damaged is told where it is read
  wrong        // anything else
};
inline constexpr std::array outcome_names{
    "harmless", "tail lost", "refused", "read error", "WRONG"};
struct finding {
  outcome what = outcome::harmless;
  std::string why;
};

}  // namespace stellwerk
