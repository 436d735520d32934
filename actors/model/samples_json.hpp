#pragma once

#include <string_view>

#include "actors/model/samples.hpp"

namespace stellwerk::json {

/// A batch of samples straight from its text, without a document in between: ten thousand of them
/// are read on a thread that serves others. False if anything is wrong or unusual, with `out`
/// unspecified: `decode` then names what is wrong, or takes it.
bool read_plain(std::string_view text, post_samples& out);

}  // namespace stellwerk::json
