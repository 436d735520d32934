#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace stellwerk {

/// `per_second` 0: no bucket.
struct bucket_rate {
  std::uint32_t per_second = 0;
  std::uint32_t burst = 0;

  std::chrono::nanoseconds each() const {
    return std::chrono::nanoseconds{1'000'000'000} / per_second;
  }
};

/// Remembers one moment only: when it will be full again. What costs more than the burst passes a
/// full bucket and leaves it in debt, so that the rate holds and nothing is refused for ever.
class token_bucket {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// How long until `take` would pass; zero: now.
  std::chrono::nanoseconds wait(moment now, std::uint32_t cost, bucket_rate rate) const {
    auto room = (rate.burst - std::min(cost, rate.burst)) * rate.each();
    return std::max(full_in(now) - room, std::chrono::nanoseconds{0});
  }
  /// REQUIRES: wait(now, cost, rate) is zero.
  void take(moment now, std::uint32_t cost, bucket_rate rate) {
    full_at_ = std::max(full_at_, now) + cost * rate.each();
  }
  bool full(moment now) const { return full_at_ <= now; }
  std::chrono::nanoseconds full_in(moment now) const { return std::max(full_at_, now) - now; }
  std::uint32_t left(moment now, bucket_rate rate) const {
    auto missing = (full_in(now) + rate.each() - std::chrono::nanoseconds{1}) / rate.each();
    return missing >= rate.burst ? 0 : rate.burst - static_cast<std::uint32_t>(missing);
  }

 private:
  moment full_at_{};
};

}  // namespace stellwerk
