#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/model/time.hpp"

/// What is stored of deletions, see docs/formats.md, History. Persistent.
namespace stellwerk {

/// What was deleted and is in no journal so far.
struct dropped_history {
  wall_time before = wall_time::min();  // samples up to here; some of a chunk's may be left
  std::uint64_t chunks = 0;
  std::uint64_t samples = 0;
  bool by_quota = false;  // the last of it; else by age

  bool empty() const { return chunks == 0; }
  friend bool operator==(const dropped_history&, const dropped_history&) = default;
};

/// Of all series together.
struct retention_state {
  wall_time kept_from = wall_time::min();  // of every series, from before each had its own
  std::optional<wall_time> last_run;
  dropped_history dropped;

  friend bool operator==(const retention_state&, const retention_state&) = default;
};

/// Of one series.
struct kept_record {
  wall_time from = wall_time::min();  // of times before this samples were deleted
  std::optional<std::string> word;    // the class that its channel named last

  friend bool operator==(const kept_record&, const kept_record&) = default;
};

inline constexpr std::string_view retention_key = "retention";
inline constexpr std::string_view kept_prefix{"kept\0", 5};
/// `kept_prefix` ‖ the number.
std::string kept_key(std::uint32_t series);

/// REQUIRES: there was a run.
std::string to_bytes(const retention_state& state);
std::optional<retention_state> retention_state_from(std::string_view bytes);
std::string to_bytes(const kept_record& record);
std::optional<kept_record> kept_record_from(std::string_view bytes);

}  // namespace stellwerk
