#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace stellwerk {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// What was read must be written and read again as the same; ends the process, which libFuzzer
/// reports with its input.
inline void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace stellwerk

/// libFuzzer's entry: one input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
