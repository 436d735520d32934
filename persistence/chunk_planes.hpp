#pragma once

#include <string>
#include <string_view>

#include "persistence/bytes.hpp"

/// Bytes of one nature, packed on their own: docs/formats.md, Chunk. Persistent.
namespace stellwerk::chunk {

/// What the bytes are like: symbols repeat by chance only, text in whole words.
enum class plane : std::uint8_t { symbols, text };

void write_plane(byte_writer& out, std::string_view bytes, plane like);

/// The `size` bytes that were written, in `room` or in what `in` reads; `in` is not good if there
/// are not so many.
std::string_view read_plane(byte_reader& in, std::size_t size, std::string& room);

}  // namespace stellwerk::chunk
