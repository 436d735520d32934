#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "actors/model/describe.hpp"

namespace stellwerk {

/// What a channel holds at a moment: bool, int64, float64 (finite) or a text of ≤ 1,024 bytes.
/// Empty only where nothing is known yet; an absent `value` in a request is a problem.
class value {
 public:
  using variant = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
  static constexpr std::size_t text_bytes_max = 1024;

  value() = default;
  value(bool x) : held_(x) {}
  value(std::int64_t x) : held_(x) {}
  value(int x) : held_(std::int64_t{x}) {}
  value(double x) : held_(x) {}
  value(std::string x) : held_(std::move(x)) {}
  value(const char* x) : held_(std::string{x}) {}

  const variant& held() const { return held_; }
  bool empty() const { return held_.index() == 0; }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&held_);
  }
  /// bool as 0 or 1, integers and doubles as they are; NaN for text and nothing.
  double number() const;

  /// Same kind and same content; 1 and 1.0 differ.
  friend bool operator==(const value&, const value&) = default;

  /// On the wire: which alternative, then its content.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, value& x) {
    auto kind = static_cast<std::uint8_t>(x.held_.index());
    auto truth = x.as<bool>() != nullptr && *x.as<bool>();
    auto integer = x.as<std::int64_t>() != nullptr ? *x.as<std::int64_t>() : 0;
    auto real = x.as<double>() != nullptr ? *x.as<double>() : 0.0;
    auto words = x.as<std::string>() != nullptr ? *x.as<std::string>() : std::string{};
    if constexpr (Inspector::reads_state) {
      return f(kind, truth, integer, real, words);
    } else {
      auto bad = f(kind, truth, integer, real, words);
      if (bad) return bad;
      x = kind == 1   ? value{truth}
          : kind == 2 ? value{integer}
          : kind == 3 ? value{real}
          : kind == 4 ? value{std::move(words)}
                      : value{};
      return bad;
    }
  }

 private:
  variant held_;
};

/// What a value is worth. `stale`: old, or its line is lost. `bad`: the device said it is wrong.
/// `substituted`: simulated, clamped or entered by hand. Persistent: never reuse a number.
enum class quality : std::uint8_t { good = 0, stale = 1, bad = 2, substituted = 3 };
BOOST_DESCRIBE_ENUM(quality, good, stale, bad, substituted)

enum class value_type : std::uint8_t { float_ = 0, int_ = 1, bool_ = 2, string_ = 3 };
BOOST_DESCRIBE_ENUM(value_type, float_, int_, bool_, string_)

/// `x` as `type` wants it: whole numbers become doubles, doubles without a fraction integers.
/// Empty if it cannot be had without loss.
value converted(const value& x, value_type type);

}  // namespace stellwerk
