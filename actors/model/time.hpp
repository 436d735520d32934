#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace stellwerk {

/// A moment for people and storage: milliseconds since 1970, UTC.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// The one source of wall time; handed in by whoever wires the process, so that tests can move it.
/// Intervals are measured on the actor's own `clock()` instead.
using wall_clock = std::function<wall_time()>;

/// RFC 3339 with milliseconds and Z: `2026-11-21T10:00:00.000Z`. Years 0000 to 9999; others are
/// shown as the nearest of the two.
std::string to_text(wall_time when);
void append_text(std::string& out, wall_time when);

/// RFC 3339 with any offset and up to nine decimals (cut to milliseconds); T and Z in either case.
/// Leap second 60 counts as 59.999. Empty for anything else.
std::optional<wall_time> time_from(std::string_view text);

}  // namespace stellwerk
