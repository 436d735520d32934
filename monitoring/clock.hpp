#pragma once

#include <chrono>

#include "actors/model/time.hpp"

namespace stellwerk {

/// The machine's wall clock. Only the wiring of a process takes it; everything else is handed one.
wall_clock system_clock();

/// For meters and for programs without actors: how long something takes. Rules and time-outs of
/// actors use their actor's `clock()`.
inline std::chrono::steady_clock::time_point meter_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace stellwerk
