#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stellwerk {

/// Numbers on disk: big-endian, so that keys sort by value.
template <std::unsigned_integral Int>
void append_big_endian(std::string& out, Int x) {
  for (auto shift = 8 * sizeof(Int); shift > 0;) out += static_cast<char>(x >> (shift -= 8));
}
template <std::unsigned_integral Int>
std::string to_big_endian(Int x) {
  std::string out;
  append_big_endian(out, x);
  return out;
}

/// Takes the number off the front; empty if the text is too short.
template <std::unsigned_integral Int>
std::optional<Int> take_big_endian(std::string_view& in) {
  if (in.size() < sizeof(Int)) return {};
  Int x = 0;
  for (std::size_t i = 0; i < sizeof(Int); ++i)
    x = static_cast<Int>((x << 8u) | static_cast<unsigned char>(in[i]));
  in.remove_prefix(sizeof(Int));
  return x;
}

}  // namespace stellwerk
