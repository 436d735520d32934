#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "actors/model/devices.hpp"
#include "actors/model/samples.hpp"

namespace stellwerk {

/// Which samples of a polled device are stored, and when its channels are stale. Pure.
///
/// A sample within the channel's deadband of the last stored one is left out, for 60 s at most; so
/// the latest value of such a channel may be that old, and no further from the truth than the
/// deadband. Without a deadband every sample is stored. A channel is stale after three periods
/// without a sample, or at once when its line is lost: then its last value is stored once more, as
/// `stale`.
class sample_filter {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds silence_max{60};

  /// Channels that were there before keep what is known of them.
  void plan(const device_document& document, moment now);
  /// The last stored sample of a channel from before the start.
  void remember(const sample& last);

  /// What of `seen` is to be stored.
  samples take(samples seen, moment now);
  /// The line is lost: what is to be stored for it.
  samples lost(wall_time at);
  /// The same for channels that have been silent for too long.
  samples overdue(moment now, wall_time at);
  /// When `overdue` may have something next.
  std::optional<moment> next_due() const;

 private:
  struct watched {
    std::chrono::milliseconds patience{};  // three periods
    double deadband = 0;
    moment last_seen;
    std::optional<sample> stored;
    bool fresh = true;  // may still become stale
  };
  static bool worth_storing(const watched& of, const sample& now);
  static void make_stale(watched& of, wall_time at, samples& out);

  std::map<std::uint32_t, watched> rows_;  // by series
};

}  // namespace stellwerk
