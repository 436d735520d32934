#pragma once

#include <caf/expected.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "actors/model/samples.hpp"

/// Many samples of one series as few bytes. Layout: docs/formats.md, Chunk. Persistent.
namespace stellwerk::chunk {

inline constexpr std::size_t samples_max = 8192;

/// REQUIRES: 1..samples_max samples of one series. Any order of times; even steps are smallest.
std::string encode(std::span<const sample> run);

/// What `encode` was given, bit for bit (the times, values and qualities; `series` is the
/// argument), by this version of the program or an earlier one. Refused for anything else: bytes
/// from a disk are never trusted.
caf::expected<samples> decode(std::string_view bytes, std::uint32_t series);

/// Without decoding the rest. Zero count: not a chunk.
struct summary {
  std::uint32_t count = 0;
  wall_time first{};
  wall_time last{};
};
summary summary_of(std::string_view bytes);

}  // namespace stellwerk::chunk
