#include "actors/access/limit_table.hpp"

namespace stellwerk {

namespace {

/// A list node, a hash node and a bucket pointer beside the entry itself.
constexpr std::size_t overhead_bytes = 64;
constexpr std::size_t key_bytes_max = 128;

template <class Duration>
std::uint32_t seconds_up(Duration wait) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(wait).count());
}
std::uint32_t seconds_up(std::uint32_t ms) { return seconds_up(std::chrono::milliseconds{ms}); }

}  // namespace

limit_rule rule_of(const limit_options& options, rate_class kind, key_kind whose) {
  bucket_rate none;
  auto auth =
      whose == key_kind::address ? bucket_rate{options.auth_per_second, options.auth_burst} : none;
  switch (kind) {
    case rate_class::none:
      return {};
    case rate_class::standard:
      return {options.default_, none};
    case rate_class::write:
      return {options.write, none};
    case rate_class::login:
      return {options.login, auth};
    case rate_class::session:
      return {options.session, auth};
    case rate_class::ws_connect:
      return {options.ws_connect, none};
    case rate_class::ingest:
      return {0, {options.points_per_second, options.points_burst}};
  }
  return {};
}

limit_note limit_table::take(
    rate_class kind, key_kind whose, std::string_view key, std::uint32_t cost, moment now
) {
  auto rule = rule_of(options_, kind, whose);
  limit_note note;
  if (rule.per_minute == 0 && rule.bucket.per_second == 0) return note;
  auto& mine = entry_of(kind, whose, key);
  auto now_ms = ms_of(now);
  if (rule.per_minute > 0) {
    note.limit = rule.per_minute;
    if (mine.window.used(now_ms) >= rule.per_minute)
      note.retry_after_s = seconds_up(mine.window.oldest_ends_in_ms(now_ms));
  } else {
    note.limit = rule.bucket.burst;
  }
  if (rule.bucket.per_second > 0) {
    auto wait = mine.bucket.wait(now, cost, rule.bucket);
    note.retry_after_s = std::max(note.retry_after_s, seconds_up(wait));
    if (note.retry_after_s == 0) mine.bucket.take(now, cost, rule.bucket);
  }
  if (rule.per_minute == 0) {
    note.remaining = mine.bucket.left(now, rule.bucket);
    note.reset_s = seconds_up(mine.bucket.full_in(now));
    return note;
  }
  if (note.retry_after_s == 0) {
    auto before = mine.window.bytes();
    mine.window.push(now_ms, rule.per_minute);
    bytes_ += mine.window.bytes() - before;
  }
  note.remaining = rule.per_minute - mine.window.used(now_ms);
  note.reset_s = seconds_up(mine.window.newest_ends_in_ms(now_ms));
  make_room();
  return note;
}

bool limit_table::forget_idle(moment now, std::size_t most) {
  for (auto now_ms = ms_of(now); most > 0 && !recent_.empty(); --most) {
    auto last = std::prev(recent_.end());
    if (last->window.used(now_ms) > 0 || !last->bucket.full(now)) return true;
    forget(last);
  }
  return recent_.empty();
}

limit_table::entry& limit_table::entry_of(rate_class kind, key_kind whose, std::string_view key) {
  wanted_.assign({static_cast<char>(kind), static_cast<char>(whose)});
  wanted_ += key.substr(0, key_bytes_max);
  auto& places = places_of(wanted_);
  if (auto found = places.find(wanted_); found != places.end()) {
    recent_.splice(recent_.begin(), recent_, found->second);
    return recent_.front();
  }
  recent_.push_front({wanted_, {}, {}});
  places.emplace(recent_.front().key, recent_.begin());
  bytes_ += bytes_of(recent_.front());
  make_room();
  return recent_.front();
}

void limit_table::make_room() {
  while (recent_.size() > 1 && (recent_.size() > keys_max_ || bytes_ > bytes_max_))
    forget(std::prev(recent_.end()));
}

void limit_table::forget(place which) {
  bytes_ -= bytes_of(*which);
  places_of(which->key).erase(which->key);
  recent_.erase(which);
}

std::unordered_map<std::string_view, limit_table::place>& limit_table::places_of(
    std::string_view key
) {
  auto hash = std::hash<std::string_view>{}(key);
  return places_[hash / 65'536 % places_.size()];  // bits that the maps themselves do not use
}

std::size_t limit_table::bytes_of(const entry& one) {
  return sizeof(entry) + overhead_bytes + one.key.capacity() + one.window.bytes();
}

/// Wraps every 49 days, which the window allows for.
std::uint32_t limit_table::ms_of(moment now) const {
  auto ms = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return static_cast<std::uint32_t>(ms);
}

}  // namespace stellwerk
