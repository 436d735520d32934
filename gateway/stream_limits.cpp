#include "gateway/stream_limits.hpp"

namespace stellwerk::gateway {

/// At the cap those without a message in the last 60 s go; if there are none, newcomers wait.
bool stream_limits::take_message(
    const std::string& principal, std::chrono::steady_clock::time_point now
) {
  auto ms = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  auto now_ms = static_cast<std::uint32_t>(ms);
  std::lock_guard lock{gate_};
  if (messages_.size() >= principals_max && !messages_.contains(principal)) {
    for (auto one = messages_.begin(); one != messages_.end();)
      one = one->second.used(now_ms) == 0 ? messages_.erase(one) : std::next(one);
    if (messages_.size() >= principals_max) return false;
  }
  auto& mine = messages_[principal];
  if (mine.used(now_ms) >= messages_max) return false;
  mine.push(now_ms, messages_max);
  return true;
}

}  // namespace stellwerk::gateway
