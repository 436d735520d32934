#pragma once

#include <span>

#include "actors/model/samples.hpp"
#include "persistence/bytes.hpp"

/// The column of values of a chunk: the smallest of five layouts that says each to the last bit.
namespace stellwerk::chunk {

void write_values(byte_writer& out, std::span<const sample> run);

/// Fills `run`'s values; false if the bytes are not what `write_values` writes.
bool read_values(byte_reader& in, samples& run);

/// Differences and sums that wrap around, so that any two numbers have one.
inline std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
inline std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace stellwerk::chunk
