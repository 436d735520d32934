#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/access/sliding_window.hpp"
#include "gateway/listener.hpp"

namespace stellwerk::gateway {

/// How long and how much a stream may; the defaults are the product's, tests shorten them.
struct stream_times {
  std::chrono::milliseconds hello{5'000};
  std::chrono::milliseconds batch{100};    // samples are merged for so long
  std::chrono::milliseconds check{500};    // of tokens and of slow readers
  std::chrono::milliseconds full{30'000};  // a queue may stay full
};

/// What bounds the streams of all I/O threads together: sockets without a principal, sockets of a
/// principal, and messages of a principal over all its sockets, so that reconnecting gains nothing.
class stream_limits {
 public:
  static constexpr std::uint32_t messages_max = 100;  // in any 60 s
  static constexpr std::size_t principals_max = 20'000;

  connection_counts unknown{256, 8};    // by address
  connection_counts known{20'000, 20};  // by principal

  /// Counts a message; false if it is one too many.
  bool take_message(const std::string& principal, std::chrono::steady_clock::time_point now);

 private:
  std::mutex gate_;
  std::unordered_map<std::string, sliding_window> messages_;
};

}  // namespace stellwerk::gateway
