#pragma once

#include <string_view>

#include "actors/model/samples.hpp"

namespace stellwerk::json {

/// A batch of samples straight from its text, without a document in between: ten thousand of them
/// are read on a thread that serves others. False if anything is wrong or unusual, with `out`
/// unspecified: `decode` then names what is wrong, or takes it.
bool read_plain(std::string_view text, post_samples& out);

/// NDJSON: a sample a line, empty lines do not count. What is no sample is told in `broken`. Stops
/// with one line more than a batch may have.
void read_lines(std::string_view text, post_samples& out);

/// Columns to samples: leaves `samples` alone if there are none. REQUIRES: `out` was read whole.
problems take_columns(post_samples& out);

}  // namespace stellwerk::json
