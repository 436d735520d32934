#pragma once

#include <array>
#include <optional>
#include <span>

#include "actors/model/samples.hpp"
#include "persistence/bytes.hpp"

/// Columns of values, the smallest of five layouts that says each to the last bit, and of
/// qualities.
namespace stellwerk::chunk {

void write_values(byte_writer& out, std::span<const sample> run);

/// Fills `run`'s values; false if the bytes are not what `write_values` writes.
bool read_values(byte_reader& in, samples& run);

/// As runs of one quality.
void write_qualities(byte_writer& out, std::span<const sample> run);
/// Fills `run`'s qualities; false if the bytes are not what `write_qualities` writes.
bool read_qualities(byte_reader& in, samples& run);

inline constexpr std::array<double, 10> powers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
/// x as an integer of 10^-digits, if that says it to the last bit. REQUIRES: a place of `powers`.
std::optional<std::int64_t> scaled(double x, std::size_t digits);

/// Differences and sums that wrap around, so that any two numbers have one.
inline std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
inline std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace stellwerk::chunk
