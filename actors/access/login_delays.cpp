#include "actors/access/login_delays.hpp"

#include <algorithm>

#include "actors/access/secret.hpp"

namespace stellwerk {

namespace {

constexpr unsigned free_failures = 4;
constexpr std::chrono::hours forgotten_after{1};

std::string key_of(std::string_view address, std::string_view name) {
  return sha256_hex(std::string{address} + '\0' + std::string{name});
}

}  // namespace

std::chrono::seconds login_delays::wait(std::string_view address, std::string_view name, moment now)
    const {
  return std::max(
      wait_of(key_of(address, name), std::chrono::seconds{300}, now),
      wait_of(key_of({}, name), std::chrono::seconds{30}, now)
  );
}

void login_delays::failed(std::string_view address, std::string_view name, moment now) {
  count(key_of(address, name), now);
  count(key_of({}, name), now);
}

void login_delays::succeeded(std::string_view address, std::string_view name) {
  entries_.erase(key_of(address, name));
}

void login_delays::count(const std::string& key, moment now) {
  if (!entries_.contains(key) && entries_.size() >= entries_max) make_room(now);
  auto& mine = entries_[key];
  if (now - mine.last >= forgotten_after) mine.failures = 0;
  ++mine.failures;
  mine.last = now;
}

/// A walk over all entries, but only at the cap, and a failure has cost a bcrypt before.
void login_delays::make_room(moment now) {
  std::erase_if(entries_, [=](auto& one) { return now - one.second.last >= forgotten_after; });
  if (entries_.size() < entries_max) return;
  auto longest_ago = [](auto& a, auto& b) { return a.second.last < b.second.last; };
  entries_.erase(std::min_element(entries_.begin(), entries_.end(), longest_ago));
}

std::chrono::seconds login_delays::wait_of(
    const std::string& key, std::chrono::seconds most, moment now
) const {
  auto found = entries_.find(key);
  if (found == entries_.end() || found->second.failures <= free_failures) return {};
  if (now - found->second.last >= forgotten_after) return {};
  auto doublings = std::min(found->second.failures - free_failures - 1, 10u);
  auto due = found->second.last + std::min(most, std::chrono::seconds{1 << doublings});
  return std::max(std::chrono::ceil<std::chrono::seconds>(due - now), std::chrono::seconds{0});
}

}  // namespace stellwerk
