#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/model/samples.hpp"

/// What the history's database holds, as bytes and back: docs/formats.md, History. Persistent.
/// Readers give nothing for bytes that no writer made.
namespace stellwerk {

/// One group of samples, as they were acknowledged together.
struct log_record {
  wall_time arrived{};
  samples items;
};
std::string to_log_bytes(std::span<const sample> items, wall_time arrived);
std::optional<log_record> log_record_from(std::string_view bytes);

/// One sample as a record holds it, without its series; its time as the difference to `before`.
void append_sample(std::string& bytes, const sample& one, wall_time before);

/// Takes what `append_sample` wrote off the front; false if it is damaged.
bool take_sample(std::string_view& bytes, sample& one, wall_time before);

/// What a restart must know of a series beside its chunks; written with each of them.
struct series_record {
  std::uint64_t covered = 0;                   // its samples in log records up to here: in chunks
  wall_time ordered_until = wall_time::min();  // the newest sample in a chunk of the ordered lane
  sample last;                                 // of greatest time; of equal times the later one
};
std::string to_bytes(const series_record& record);
std::optional<series_record> series_record_from(std::string_view bytes, std::uint32_t series);

/// Chunks of the ordered lane do not overlap. What was older than the newest of them when its head
/// closed is in the late lane, where a chunk spans a day at most.
enum class lane : std::uint8_t { ordered = 0, late = 1 };
inline constexpr std::chrono::milliseconds late_span_max = std::chrono::days{1};

/// Sorts by series, lane and first time. Of two samples of one moment, that in the chunk of
/// greater `written`, the newest log record in it, holds.
struct chunk_key {
  std::uint32_t series = 0;
  stellwerk::lane lane = lane::ordered;
  wall_time first{};
  std::uint64_t written = 0;
};
std::string to_bytes(const chunk_key& key);
std::optional<chunk_key> chunk_key_from(std::string_view bytes);

/// A chunk as stored: the largest difference between arrival and time among its samples, then the
/// chunk itself.
std::string stored_chunk(std::span<const sample> run, std::int64_t skew_ms);
/// Empty if it is too short to hold one.
std::string_view chunk_in(std::string_view stored);

}  // namespace stellwerk
