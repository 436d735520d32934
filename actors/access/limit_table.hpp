#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/access/limiter.hpp"
#include "actors/access/sliding_window.hpp"
#include "actors/access/token_bucket.hpp"

namespace stellwerk {

/// What one key may do in one class. `per_minute` 0: no window.
struct limit_rule {
  std::uint32_t per_minute = 0;
  bucket_rate bucket;
};
limit_rule rule_of(const limit_options& options, rate_class kind, key_kind whose);

/// The windows and buckets of one shard's keys, in the order of their last use. Bounded in number
/// and bytes: what is idle goes first, at the cap the key that was longest without a request.
class limit_table {
 public:
  using moment = std::chrono::steady_clock::time_point;

  limit_table(const limit_options& options, std::size_t keys_max, std::size_t bytes_max)
      : options_(options), keys_max_(keys_max), bytes_max_(bytes_max) {}

  /// Test and charge in one step; a refusal charges nothing. Refused: `retry_after_s` > 0, and a
  /// request after it passes.
  limit_note take(
      rate_class kind, key_kind whose, std::string_view key, std::uint32_t cost, moment now
  );
  /// Forgets up to `most` keys that are as good as new; false: there may be more.
  bool forget_idle(moment now, std::size_t most);

  std::size_t keys() const { return recent_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct entry {
    std::string key;  // class, whose, key
    sliding_window window;
    token_bucket bucket;
  };
  using place = std::list<entry>::iterator;
  std::unordered_map<std::string_view, place>& places_of(std::string_view key);
  entry& entry_of(rate_class kind, key_kind whose, std::string_view key);
  void make_room();
  void forget(place which);
  static std::size_t bytes_of(const entry& one);
  std::uint32_t ms_of(moment now) const;

  limit_options options_;
  std::size_t keys_max_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::list<entry> recent_;  // most recently used first
  /// Views `recent_`. Many small maps: the growth of one big one would take its caller 100 ms.
  std::array<std::unordered_map<std::string_view, place>, 256> places_;
  std::string wanted_;  // the key looked for: its memory is used again
};

}  // namespace stellwerk
