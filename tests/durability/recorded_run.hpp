#pragma once

#include <random>

/// What a recorded database goes through from a seed: the same each time, so that another process
/// knows what was written.
namespace stellwerk {

/// Calls `acknowledged()` after each group; ends early at the first that is not.
template <class Recorded, class F>
bool run_recorded(Recorded& made, std::uint64_t seed, F acknowledged) {
  constexpr int groups = 40;
  std::mt19937_64 draw{seed};
  for (int group = 0; group < groups; ++group) {
    if (!made.write(draw)) return false;
    acknowledged();
    if (draw() % 6 == 0) made.write_mark();
    auto family = draw() % Recorded::families;
    if (draw() % 8 == 0 && !made.flush(family)) return false;
  }
  return true;
}

}  // namespace stellwerk
