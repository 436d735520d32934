#include "actors/field/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace stellwerk {

namespace {

constexpr double int_beyond = 0x1p63;  // the first double that is no int64

bool is_integer(raw_type type) {
  return type != raw_type::float32 && type != raw_type::float64 && type != raw_type::bit &&
         type != raw_type::string;
}

double forward(double raw, const scaling& by) {
  switch (by.kind) {
    case scaling_kind::linear:
      return raw * by.scale + by.offset;
    case scaling_kind::divide:
      return raw / by.divisor;
    case scaling_kind::none:
      break;
  }
  return raw;
}

double backward(double x, const scaling& by) {
  switch (by.kind) {
    case scaling_kind::linear:
      return (x - by.offset) / by.scale;
    case scaling_kind::divide:
      return x * by.divisor;
    case scaling_kind::none:
      break;
  }
  return x;
}

/// Engineering units per raw unit.
double gain(const scaling& by) {
  switch (by.kind) {
    case scaling_kind::linear:
      return std::abs(by.scale);
    case scaling_kind::divide:
      return std::abs(1 / by.divisor);
    case scaling_kind::none:
      break;
  }
  return 1;
}

double number(const raw_value& raw) {
  if (auto* x = std::get_if<std::int64_t>(&raw)) return static_cast<double>(*x);
  if (auto* x = std::get_if<std::uint64_t>(&raw)) return static_cast<double>(*x);
  return std::get<double>(raw);
}

/// An integer that no arithmetic touches stays exact beyond 2^53.
std::optional<reading> exact(const raw_value& raw, const conversion& by) {
  if (by.scaling.kind != scaling_kind::none || by.scaling.clamp) return {};
  if (auto* x = std::get_if<std::int64_t>(&raw)) return reading{*x};
  if (auto* x = std::get_if<std::uint64_t>(&raw))
    if (std::in_range<std::int64_t>(*x)) return reading{static_cast<std::int64_t>(*x)};
  return {};
}

std::optional<reading> numeric(const raw_value& raw, const conversion& by) {
  auto whole = by.type == value_type::int_;
  if (auto untouched = whole ? exact(raw, by) : std::nullopt) return untouched;
  reading r;
  auto x = forward(number(raw), by.scaling);
  if (!std::isfinite(x)) return {};
  auto least = by.least;
  auto most = by.most;
  if (whole) {
    x = std::round(x);
    least = std::ceil(least);
    most = std::floor(most);
  }
  if (by.scaling.clamp && (x < least || x > most)) {
    x = x < least ? least : most;
    r.quality = quality::substituted;
  }
  if (whole && !(x >= -int_beyond && x < int_beyond)) return {};
  r.value = whole ? value{static_cast<std::int64_t>(x)} : value{x};
  return r;
}

}  // namespace

conversion::conversion(const channel& of)
    : type(of.type),
      scaling(of.scaling),
      least(of.min.value_or(-std::numeric_limits<double>::infinity())),
      most(of.max.value_or(std::numeric_limits<double>::infinity())) {}

std::optional<reading> engineering(const raw_value& raw, const conversion& by) {
  switch (by.type) {
    case value_type::bool_:
      if (auto* on = std::get_if<bool>(&raw)) return reading{*on};
      return {};
    case value_type::string_:
      if (auto* text = std::get_if<std::string>(&raw)) return reading{*text};
      return {};
    case value_type::float_:
    case value_type::int_:
      break;
  }
  if (std::holds_alternative<bool>(raw) || std::holds_alternative<std::string>(raw)) return {};
  return numeric(raw, by);
}

std::variant<raw_value, unwritable> raw_of(const value& what, const channel& by, raw_type type) {
  auto wanted = converted(what, by.type);
  if (auto* on = wanted.as<bool>()) return raw_value{*on};
  if (auto* text = wanted.as<std::string>()) return raw_value{*text};
  if (wanted.empty()) return unwritable::wrong_type;
  auto x = wanted.number();
  if ((by.min && x < *by.min) || (by.max && x > *by.max)) return unwritable::out_of_range;
  if (by.scaling.kind == scaling_kind::none)
    if (auto* whole = wanted.as<std::int64_t>()) return raw_value{*whole};
  auto raw = backward(x, by.scaling);
  if (!std::isfinite(raw)) return unwritable::not_representable;
  return raw_value{is_integer(type) ? std::round(raw) : raw};
}

double half_step(const value& written, const channel& by, raw_type type) {
  auto x = written.number();
  if (!std::isfinite(x)) return 0;
  // The two roundings of scaling there and back, besides the raw type's own.
  auto arithmetic =
      4 * std::numeric_limits<double>::epsilon() * (std::abs(x) + std::abs(by.scaling.offset));
  if (by.type == value_type::int_) arithmetic += 0.5 * (by.scaling.kind != scaling_kind::none);
  if (is_integer(type)) return gain(by.scaling) / 2 + arithmetic;
  if (type != raw_type::float32) return arithmetic;
  auto raw = static_cast<float>(std::abs(backward(x, by.scaling)));
  auto next = std::nextafter(raw, std::numeric_limits<float>::infinity());
  return (double{next} - double{raw}) / 2 * gain(by.scaling) + arithmetic;
}

problems check_scaling(const channel& of) {
  problems found;
  auto& by = of.scaling;
  auto numeric_type = of.type == value_type::float_ || of.type == value_type::int_;
  if (by.kind != scaling_kind::none && !numeric_type)
    found.push_back({"scaling.kind", "invalid", "only numbers are scaled", "none"});
  if (by.kind == scaling_kind::linear && by.scale == 0)
    found.push_back({"scaling.scale", "out_of_range", "has no inverse", "a number other than 0"});
  if (by.kind == scaling_kind::divide && by.divisor == 0)
    found.push_back({"scaling.divisor", "out_of_range", "has no inverse", "a number other than 0"});
  if (by.clamp && !of.min && !of.max)
    found.push_back({"scaling.clamp", "invalid", "there is nothing to clamp to", "min or max"});
  return found;
}

}  // namespace stellwerk
