#include "actors/model/value.hpp"

#include <cmath>
#include <limits>

namespace stellwerk {

double value::number() const {
  if (auto* truth = as<bool>()) return *truth ? 1.0 : 0.0;
  if (auto* integer = as<std::int64_t>()) return static_cast<double>(*integer);
  if (auto* real = as<double>()) return *real;
  return std::numeric_limits<double>::quiet_NaN();
}

value converted(const value& x, value_type type) {
  constexpr auto exact_whole = std::int64_t{1} << 53;  // beyond it a double skips integers
  constexpr auto exact = static_cast<double>(exact_whole);
  switch (type) {
    case value_type::float_:
      if (x.as<double>() != nullptr) return x;
      if (auto* whole = x.as<std::int64_t>();
          whole != nullptr && *whole >= -exact_whole && *whole <= exact_whole)
        return x.number();
      return {};
    case value_type::int_:
      if (x.as<std::int64_t>() != nullptr) return x;
      if (auto* real = x.as<double>();
          real != nullptr && std::trunc(*real) == *real && std::abs(*real) <= exact)
        return static_cast<std::int64_t>(*real);
      return {};
    case value_type::bool_:
      return x.as<bool>() != nullptr ? x : value{};
    case value_type::string_:
      return x.as<std::string>() != nullptr ? x : value{};
  }
  return {};
}

}  // namespace stellwerk
