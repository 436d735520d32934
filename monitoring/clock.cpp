#include "monitoring/clock.hpp"

namespace stellwerk {

wall_clock system_clock() {
  return [] {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  };
}

}  // namespace stellwerk
