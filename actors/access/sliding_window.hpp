#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace stellwerk {

/// Exact: whatever 60 s one looks at, at most `limit` takes lie in them. A ring of the times of the
/// last 60 s, in milliseconds of a clock of 32 bits that may wrap; it grows to what is in use.
/// REQUIRES: looked at at least every 24 days, `now_ms` never goes back, `limit` stays the same.
class sliding_window {
 public:
  static constexpr std::uint32_t length_ms = 60'000;

  /// Takes that still count. A take counts until more than 60 s have passed, so that times cut to
  /// milliseconds cannot let one too many through.
  std::uint32_t used(std::uint32_t now_ms) {
    while (count_ > 0 && now_ms - times_[first_] > length_ms) {
      first_ = next(first_);
      --count_;
    }
    return count_;
  }

  /// REQUIRES: used(now_ms) < limit.
  void push(std::uint32_t now_ms, std::uint32_t limit) {
    if (count_ == times_.size()) grow(limit);
    times_[(first_ + count_) % times_.size()] = now_ms;
    ++count_;
  }

  /// How long until one take less counts; 0 if none does.
  std::uint32_t oldest_ends_in_ms(std::uint32_t now_ms) const {
    return count_ == 0 ? 0 : times_[first_] + length_ms + 1 - now_ms;
  }
  /// How long until none counts.
  std::uint32_t newest_ends_in_ms(std::uint32_t now_ms) const {
    return count_ == 0 ? 0 : times_[(first_ + count_ - 1) % times_.size()] + length_ms + 1 - now_ms;
  }
  std::size_t bytes() const { return times_.capacity() * sizeof(std::uint32_t); }

 private:
  std::uint32_t next(std::uint32_t i) const { return i + 1 == times_.size() ? 0 : i + 1; }

  void grow(std::uint32_t limit) {
    std::rotate(times_.begin(), times_.begin() + first_, times_.end());
    first_ = 0;
    auto size = std::min<std::size_t>(limit, std::max<std::size_t>(4, times_.size() * 2));
    times_.reserve(size);
    times_.resize(size);
  }

  std::vector<std::uint32_t> times_;
  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace stellwerk
