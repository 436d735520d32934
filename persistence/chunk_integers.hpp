#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "persistence/bytes.hpp"

/// A column of integers in few bytes: of each what is left beside a prediction, as a byte where
/// that is small. Layout: docs/formats.md, Chunk. Persistent.
namespace stellwerk::chunk {

/// What is foreseen before the first, and how.
struct outlook {
  std::int64_t start = 0;                                          // the first
  std::int64_t slope = 0;                                          // a step on, in 2^-16
  std::uint64_t jump = std::numeric_limits<std::uint64_t>::max();  // beyond, all begins anew
  bool learns = true;                                              // false: `start` stays best
};
/// Even steps with a little noise, and gaps between them. REQUIRES: not empty.
outlook even_steps(std::span<const std::int64_t> column);

void write_integers(byte_writer& out, std::span<const std::int64_t> column, const outlook& first);

/// Fills `column`; false if the bytes are none that `write_integers` makes.
bool read_integers(byte_reader& in, std::span<std::int64_t> column);

}  // namespace stellwerk::chunk
