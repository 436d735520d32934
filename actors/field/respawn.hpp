#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

namespace stellwerk {

/// When a child that ended is made anew: after 1 s, doubling to 60 s; again 1 s once it has lived
/// for a minute.
class respawn_delay {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds longest{60};

  std::chrono::seconds after_end(moment now) {
    if (now - last_end_ > next_ + longest) next_ = std::chrono::seconds{1};
    last_end_ = now;
    return std::exchange(next_, std::min(next_ * 2, longest));
  }

 private:
  moment last_end_{};
  std::chrono::seconds next_{1};
};

}  // namespace stellwerk
