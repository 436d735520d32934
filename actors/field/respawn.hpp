#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

namespace stellwerk {

/// When a child that ended is made anew: after 1 s, doubling to 60 s; again 1 s once it has lived
/// for a minute.
class respawn_delay {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds longest{60};
  static constexpr std::size_t budget = 5;  // ends within a minute

  std::chrono::seconds after_end(moment now) {
    if (!ends_.empty() && now - ends_.back() > next_ + longest) next_ = std::chrono::seconds{1};
    std::erase_if(ends_, [=](moment end) { return now - end > longest; });
    ends_.push_back(now);
    if (ends_.size() > budget) ends_.pop_front();
    return std::exchange(next_, std::min(next_ * 2, longest));
  }
  /// True when it has ended more often than it may: somebody must be told.
  bool exhausted() const { return ends_.size() >= budget; }

 private:
  std::deque<moment> ends_;
  std::chrono::seconds next_{1};
};

}  // namespace stellwerk
