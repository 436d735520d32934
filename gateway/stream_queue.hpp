#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/model/time.hpp"

namespace stellwerk::gateway {

using shared_frame = std::shared_ptr<const std::string>;

/// What waits to be written to one socket: frames, at most 1 MiB, and the newest sample of each
/// channel until there is room for it. Nobody else's memory or time depends on a slow reader.
class stream_queue {
 public:
  static constexpr std::size_t bytes_max = 1'048'576;
  static constexpr std::size_t batch_bytes_max = 65'536;
  static constexpr std::size_t channels_max = 20'000;

  enum class put { added, merged, dropped };
  /// The newest of a channel replaces the one that waits. Over `channels_max` channels: dropped.
  put sample(std::string_view channel, const std::string& json);
  /// Only if the channel has none waiting: what waits is newer.
  void older_sample(std::string_view channel, std::string json);

  /// Always taken: REQUIRES `has_room()`, or an answer to a message of the client, which are few.
  void frame(std::string text);

  bool has_room() const { return bytes_ < bytes_max; }
  bool has_samples() const { return !order_.empty(); }

  /// Makes batches of the waiting samples, oldest first, while there is room.
  void batch_samples(wall_time now);

  /// The next to be written; null if there is none. It counts until `written`.
  shared_frame next();
  void written();

 private:
  std::deque<shared_frame> frames_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::string> waiting_;  // channel → JSON
  std::vector<std::string> order_;                        // channels of `waiting_`, oldest first
};

}  // namespace stellwerk::gateway
