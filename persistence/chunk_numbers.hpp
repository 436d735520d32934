#pragma once

#include <span>

#include "actors/model/samples.hpp"
#include "persistence/bytes.hpp"

/// The values of a chunk of version 2: numbers and booleans as a column of integers, the rest as
/// `write_values` says it, packed. Persistent.
namespace stellwerk::chunk {

void write_numbers(byte_writer& out, std::span<const sample> run);

/// Fills `run`'s values; false if the bytes are not what `write_numbers` writes.
bool read_numbers(byte_reader& in, samples& run);

}  // namespace stellwerk::chunk
