#pragma once

#include <array>
#include <unordered_map>

#include "gateway/route.hpp"
#include "monitoring/metrics.hpp"

namespace stellwerk::gateway {

/// Counters of every route, looked up once: the hot path only increments.
class route_meters {
 public:
  /// `others` are ids beside the rows': `none`, `health`, …
  route_meters(metrics& numbers, const std::vector<const route*>& rows);

  /// `id` of a row, or one of `none`, `health`, `console`, `stream`.
  void count(std::string_view id, int status, double seconds);

 private:
  struct meter {
    std::array<counter*, 6> by_class{};  // by the status' first digit
    histogram* seconds = nullptr;
  };
  void add(metrics& numbers, std::string_view id);

  std::unordered_map<std::string_view, meter> meters_;
};

}  // namespace stellwerk::gateway
