#include "persistence/retention_classes.hpp"

#include <algorithm>

namespace stellwerk {

namespace {

using std::chrono::days;

days longer(days a, days b) { return std::min(a, b) == days{0} ? days{0} : std::max(a, b); }

}  // namespace

retention_class retention_classes::of(const std::optional<std::string>& word) const {
  if (word && word->empty()) return unnamed;
  if (auto found = word ? named.find(*word) : named.end(); found != named.end())
    return found->second;
  auto longest = unnamed;
  for (auto& [name, one] : named)
    longest = {longer(longest.raw, one.raw), longer(longest.rollups, one.rollups)};
  return longest;
}

bool retention_classes::by_age() const {
  auto ages = [](const retention_class& one) { return one != retention_class{}; };
  return ages(unnamed) || std::ranges::any_of(named, [&](auto& one) { return ages(one.second); });
}

}  // namespace stellwerk
