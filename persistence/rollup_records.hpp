#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "persistence/rollup.hpp"

/// Roll-ups as bytes and back: docs/formats.md, History. Persistent. Readers give nothing for bytes
/// that no writer made.
namespace stellwerk {

/// Sorts by series, level and time.
struct rollup_key {
  std::uint32_t series = 0;
  rollup_level level = rollup_level::minute;
  wall_time begin{};  // of the row
};
std::string to_bytes(const rollup_key& key);
std::optional<rollup_key> rollup_key_from(std::string_view bytes);

/// A sum is told as the number of few decimals that it is within its rounding error, if there is
/// one: else its noise would take more space than all the rest. REQUIRES: a slot is not empty.
std::string to_bytes(const rollup_row& row);
std::optional<rollup_row> rollup_row_from(std::string_view bytes, const rollup_span& span);

}  // namespace stellwerk
