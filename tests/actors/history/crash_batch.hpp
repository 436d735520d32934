#pragma once

#include <string>

#include "actors/history/historian.hpp"

/// What the victim of history_crash_test sends, so that the test knows what must be there.
namespace stellwerk {

inline constexpr std::uint32_t crash_batch_size = 100;
/// So small that chunks are made and joined and the log is cut all the time.
inline constexpr sample_limits crash_limits{1 << 20, 256 << 10, {}, {}, {2'048, 32, 4, 2}};

inline wall_time crash_time(std::uint32_t number, std::uint32_t index) {
  return wall_time{std::chrono::milliseconds{
      1'700'000'000'000 + number * std::int64_t{crash_batch_size} + index}};
}
inline double crash_value(std::uint32_t number, std::uint32_t index) {
  return number + index / double{crash_batch_size};
}
/// Batch `number` of producer `who`: series `who`, values that name it.
inline append_samples crash_batch(std::uint32_t who, std::uint32_t number) {
  append_samples batch;
  batch.stamp = source_stamp{"p/" + std::to_string(who), 0, number};
  for (std::uint32_t i = 0; i < crash_batch_size; ++i)
    batch.items.push_back({who, quality::good, crash_time(number, i), crash_value(number, i)});
  return batch;
}

}  // namespace stellwerk
