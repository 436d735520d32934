#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "actors/model/samples.hpp"

/// Many samples of one series as few numbers: what is left of a minute, an hour, a day.
namespace stellwerk {

/// Of samples that are numbers. Integers beyond 2^53 count as the nearest double.
struct number_rollup {
  std::uint64_t count = 0;
  double min = 0;
  double max = 0;
  double sum = 0;  // stays finite
  double first = 0;
  double last = 0;

  double average() const { return sum / static_cast<double>(count); }  // REQUIRES: count > 0
  friend bool operator==(const number_rollup&, const number_rollup&) = default;
};

/// Of samples that are booleans or texts.
struct state_rollup {
  std::uint64_t count = 0;
  std::uint64_t changes = 0;  // samples with another value than the one before them
  value first;
  value last;

  friend bool operator==(const state_rollup&, const state_rollup&) = default;
};

/// A channel whose type was changed leaves samples of both kinds: each kind is told by itself.
struct rollup {
  number_rollup numbers;
  state_rollup states;

  bool empty() const { return numbers.count == 0 && states.count == 0; }
  /// REQUIRES: not before any sample that is in it.
  void add(const value& next);
  /// REQUIRES: no sample of `later` is before any that is in it.
  void append(const rollup& later);
  friend bool operator==(const rollup&, const rollup&) = default;
};

/// Buckets begin at multiples of their unit since 1970. A row holds those of one bucket of the next
/// level, days of 32. Persistent: never reuse a number.
enum class rollup_level : std::uint8_t { minute = 1, hour = 2, day = 3 };
struct rollup_span {
  rollup_level level;
  std::chrono::milliseconds unit;
  std::chrono::milliseconds row;

  std::size_t slots() const { return static_cast<std::size_t>(row / unit); }
  std::size_t slot_of(wall_time when) const;
};
inline constexpr std::array rollup_spans{
    rollup_span{rollup_level::minute, std::chrono::minutes{1}, std::chrono::hours{1}},
    rollup_span{rollup_level::hour, std::chrono::hours{1}, std::chrono::days{1}},
    rollup_span{rollup_level::day, std::chrono::days{1}, std::chrono::days{32}}};
constexpr const rollup_span& span_of(rollup_level level) {
  return rollup_spans[static_cast<std::size_t>(level) - 1];
}

/// The last multiple of `unit` that is not after `when`. Times before 1970 round down, too.
wall_time floor_to(wall_time when, std::chrono::milliseconds unit);

/// The buckets of a row, empty ones included.
using rollup_row = std::vector<rollup>;
/// Of all buckets of a row, which is one bucket of the next level.
rollup total_of(const rollup_row& row);

}  // namespace stellwerk
