#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

#include "actors/model/devices.hpp"

/// When to try again, how long to wait for an answer, and what a unit's link is said to be. All
/// times are given in; nothing here has a clock.
namespace stellwerk {

using steady_moment = std::chrono::steady_clock::time_point;
using steady_span = std::chrono::steady_clock::duration;

/// How long an answer is waited for: `sure` in any case, and up to `most` while nobody needs the
/// line or its thread.
struct answer_wait {
  answer_wait() = default;
  answer_wait(steady_span s, steady_span m) : sure(s), most(m) {}
  template <class Rep, class Period>
  answer_wait(std::chrono::duration<Rep, Period> both) : sure(both), most(both) {}

  steady_span sure{};
  steady_span most{};

  friend bool operator==(const answer_wait&, const answer_wait&) = default;
};

/// 1 s doubling to 30 s, each up to 10 % longer by chance. In the first 12 s after something was
/// lost at most 1.5 s, so that after a cut of 10 s it is back within 2 s; 1 s for as long as the
/// other side refuses at once, which costs nothing. Starts over after 10 s of success.
class back_off {
 public:
  explicit back_off(std::uint32_t seed) : chance_(seed) {}

  /// The next try is due at `next_try()`.
  void failed(steady_moment now, bool refused_at_once = false);
  void succeeded(steady_moment now);
  /// Something else said that a try is worth while, as if nothing had been tried before.
  void restart(steady_moment now);
  steady_moment next_try() const { return next_; }
  std::uint32_t failures() const { return failures_; }
  /// It waits for 30 s now.
  bool slowest() const { return slowest_; }

 private:
  std::minstd_rand chance_;
  steady_span step_ = std::chrono::seconds{1};
  std::optional<steady_moment> good_since_;
  std::optional<steady_moment> lost_at_;  // empty if it was never had
  std::uint32_t failures_ = 0;            // since the last success
  bool slowest_ = false;
  steady_moment next_{};
};

/// The 99th percentile of the last answers of a unit.
class latency {
 public:
  void add(steady_span took);
  /// Empty before the first answer.
  std::optional<steady_span> p99() const { return p99_; }

 private:
  static constexpr std::size_t kept = 128;
  std::array<steady_span, kept> took_{};
  std::size_t count_ = 0;
  std::optional<steady_span> p99_;
};

/// How one unit does: connecting until it is known; online after a success; degraded after a failed
/// poll; offline after three in a row, or at once when its line is lost. While offline it is only
/// probed.
class unit_health {
 public:
  static constexpr std::uint32_t failures_to_offline = 3;
  static constexpr std::chrono::milliseconds timeout_min{100};
  static constexpr std::chrono::milliseconds first_guess{300};
  static constexpr std::chrono::milliseconds probe_timeout{200};
  static constexpr std::chrono::seconds sure_max{1};
  static constexpr std::uint32_t patient_probe = 8;

  explicit unit_health(std::uint32_t seed) : retry_(seed) {}

  void answered(steady_moment now, steady_span took);
  void failed(steady_moment now);
  void line_lost(steady_moment now);
  /// Its line is there again: to be asked at once.
  void line_back(steady_moment now) { retry_.restart(now); }

  link_state state() const { return state_; }
  bool offline() const { return state_ == link_state::offline; }
  /// While offline: when it is asked next.
  steady_moment next_try() const { return retry_.next_try(); }
  std::optional<steady_span> p99() const { return latency_.p99(); }
  /// The next request's: 4 × p99, of the unit or at first of its bus, from 100 ms to `most`; 300 ms
  /// where nothing is known. A probe gets 200 ms at most. Both are longer for as long as nobody
  /// else is due (`free`); of the probes each 30 s, each eighth gets `most`: so a slow unit is
  /// found. Only the first second of each is sure.
  answer_wait timeout(std::optional<steady_span> bus_p99, steady_span free, steady_span most) const;

 private:
  link_state state_ = link_state::connecting;
  std::uint32_t failures_ = 0;
  std::uint32_t rare_probes_ = 0;  // each 30 s
  back_off retry_;
  latency latency_;
};

}  // namespace stellwerk
