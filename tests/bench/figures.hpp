#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace stellwerk {

/// What one round of a bench took, of `waits` by clients that wait for each answer.
struct figures {
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

inline figures figures_of(
    std::vector<double> waits_us, std::chrono::duration<double> run_for, std::size_t items_each = 1
) {
  if (waits_us.empty()) return {};
  std::ranges::sort(waits_us);
  auto at = [&](double part) {
    return waits_us[static_cast<std::size_t>(part * static_cast<double>(waits_us.size() - 1))];
  };
  auto count = static_cast<double>(waits_us.size() * items_each);
  return {count / run_for.count(), at(0.5), at(0.99)};
}

inline double us_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
      .count();
}

/// The upper one of an even number. REQUIRES: not empty.
inline double median(std::vector<double> of) {
  std::ranges::sort(of);
  return of[of.size() / 2];
}
inline double median(const std::vector<figures>& rounds, double figures::*member) {
  std::vector<double> values;
  for (auto& one : rounds) values.push_back(one.*member);
  return median(std::move(values));
}

}  // namespace stellwerk
