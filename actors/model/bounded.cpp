#include "actors/model/bounded.hpp"

#include <algorithm>

namespace stellwerk {

std::string_view describe(charset set) {
  switch (set) {
    case charset::printable:
      return "text without control characters";
    case charset::any:
      return "text";
    case charset::name:
      return "letters, digits, _ and -";
    case charset::dotted:
      return "letters, digits, _, . and -";
    case charset::user:
      return "letters, digits and _";
  }
  return "text";
}

bool allows(charset set, std::string_view text) {
  auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  auto fine = [&](char c) {
    auto byte = static_cast<unsigned char>(c);
    switch (set) {
      case charset::printable:
        return byte >= 0x20 && byte != 0x7f;
      case charset::any:
        return byte != 0;
      case charset::name:
        return word(c) || c == '-';
      case charset::dotted:
        return word(c) || c == '-' || c == '.';
      case charset::user:
        return word(c);
    }
    return false;
  };
  return std::ranges::all_of(text, fine);
}

std::size_t length_of(std::string_view utf8) {
  auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u; };
  return static_cast<std::size_t>(std::ranges::count_if(utf8, starts));
}

}  // namespace stellwerk
