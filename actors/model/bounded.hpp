#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace stellwerk {

/// An integer whose limits, both inclusive, are in its type. A literal out of range does not
/// compile; a value from outside is checked by the JSON and configuration decoder.
template <std::integral Int, Int Min, Int Max>
class bounded {
 public:
  using value_type = Int;
  static constexpr Int min = Min;
  static constexpr Int max = Max;
  static_assert(Min <= Max);

  constexpr bounded() = default;
  consteval bounded(Int literal) : value_(literal) {
    if (literal < Min || literal > Max) throw std::out_of_range("outside the type's limits");
  }
  /// REQUIRES: within the limits (see `fits`); anything else is clamped.
  static constexpr bounded clamped(Int value) {
    bounded made;
    made.value_ = value < Min ? Min : value > Max ? Max : value;
    return made;
  }
  static constexpr bool fits(Int value) { return value >= Min && value <= Max; }

  constexpr operator Int() const { return value_; }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, bounded& x) {
    return f(x.value_);
  }

 private:
  Int value_ = Min > 0 || Max < 0 ? Min : Int{0};
};

/// Which letters a text may have.
enum class charset : std::uint8_t {
  printable,  // any UTF-8 without control characters
  any,        // any UTF-8 but NUL
  name,       // [A-Za-z0-9_-]      device names
  dotted,     // [A-Za-z0-9_.-]     channel names
  user,       // [A-Za-z0-9_]       user names
};

/// What people read about a set: "letters, digits, _ and -".
std::string_view describe(charset set);
bool allows(charset set, std::string_view text);
/// Code points of well-formed UTF-8.
std::size_t length_of(std::string_view utf8);

/// A text with its length in code points, both ends inclusive, and its letters in its type.
/// With Min > 0 an absent or empty text is a problem: such a field is required.
template <std::size_t Min, std::size_t Max, charset Letters = charset::printable>
class text {
 public:
  static constexpr std::size_t min = Min;
  static constexpr std::size_t max = Max;
  static constexpr charset letters = Letters;

  text() = default;
  /// Unchecked: for values that come from ourselves. Outside values pass the decoder.
  text(std::string value) : value_(std::move(value)) {}
  text(const char* value) : value_(value) {}

  operator const std::string&() const { return value_; }
  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend bool operator==(const text& a, const text& b) { return a.value_ == b.value_; }
  friend bool operator==(const text& a, std::string_view b) { return a.value_ == b; }
  friend bool operator==(const text& a, const char* b) { return a.value_ == b; }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, text& x) {
    return f(x.value_);
  }

 private:
  std::string value_;
};

}  // namespace stellwerk
