#pragma once

#include <string_view>

#include "actors/model/samples.hpp"

/// Chunks that earlier versions of the program wrote. Layout: docs/formats.md, Chunk, version 1.
namespace stellwerk::chunk {

/// Fills `run`, which has as many samples as the chunk says; false if it is damaged. `bytes`: the
/// whole chunk.
bool decode_version_1(std::string_view bytes, samples& run);

}  // namespace stellwerk::chunk
