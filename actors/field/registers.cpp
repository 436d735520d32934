#include "actors/field/registers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace stellwerk {

namespace {

using words = std::vector<std::uint16_t>;

std::uint16_t swapped(std::uint16_t word) {
  return static_cast<std::uint16_t>(word << 8 | word >> 8);
}

/// From the unit's orders to big-endian ones, and back.
void reorder(const register_address& where, std::span<std::uint16_t> w) {
  if (where.word_order == endian::little) std::ranges::reverse(w);
  if (where.byte_order == endian::little) std::ranges::transform(w, w.begin(), swapped);
}

std::uint64_t joined(std::span<const std::uint16_t> w) {
  std::uint64_t all = 0;
  for (auto word : w) all = all << 16 | word;
  return all;
}

words parted(std::uint64_t all, std::uint16_t count) {
  words w(count);
  for (auto i = w.rbegin(); i != w.rend(); ++i, all >>= 16) *i = static_cast<std::uint16_t>(all);
  return w;
}

std::optional<raw_value> finite(double x) {
  if (!std::isfinite(x)) return {};
  return x;
}

std::optional<raw_value> text_of(std::span<const std::uint16_t> w) {
  std::string bytes;
  for (auto word : w) {
    bytes += static_cast<char>(word >> 8);
    bytes += static_cast<char>(word & 0xFF);
  }
  bytes.resize(std::min(bytes.find('\0'), bytes.size()));
  std::string document;
  json::write_text(document, bytes);
  if (problem why; !json::parse(document, why)) return {};  // not UTF-8
  return bytes;
}

std::optional<words> words_of(const std::string& bytes, std::uint16_t count) {
  if (bytes.size() > count * 2u || bytes.find('\0') != std::string::npos) return {};
  words w(count);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[i]));
    w[i / 2] = static_cast<std::uint16_t>(w[i / 2] | (i % 2 == 0 ? byte << 8 : byte));
  }
  return w;
}

/// `what` as an Int, if it is exactly one.
template <class Int>
std::optional<std::uint64_t> integer(const raw_value& what) {
  auto fits = [](auto x) -> std::optional<std::uint64_t> {
    if (!std::in_range<Int>(x)) return {};
    return static_cast<std::uint64_t>(static_cast<Int>(x));
  };
  if (auto* x = std::get_if<std::int64_t>(&what)) return fits(*x);
  if (auto* x = std::get_if<std::uint64_t>(&what)) return fits(*x);
  auto* x = std::get_if<double>(&what);
  if (x == nullptr || *x != std::trunc(*x)) return {};
  // The upper limit as a double is the first value beyond it, or fits itself.
  auto beyond = std::ldexp(1.0, std::numeric_limits<Int>::digits);
  auto lowest = static_cast<double>(std::numeric_limits<Int>::min());
  if (*x < lowest || *x >= beyond) return {};
  return static_cast<std::uint64_t>(static_cast<Int>(*x));
}

std::optional<double> real(const raw_value& what) {
  if (auto* x = std::get_if<std::int64_t>(&what)) return static_cast<double>(*x);
  if (auto* x = std::get_if<std::uint64_t>(&what)) return static_cast<double>(*x);
  if (auto* x = std::get_if<double>(&what); x != nullptr && std::isfinite(*x)) return *x;
  return {};
}

std::optional<std::uint64_t> image(raw_type type, const raw_value& what) {
  switch (type) {
    case raw_type::int16:
      return integer<std::int16_t>(what);
    case raw_type::uint16:
      return integer<std::uint16_t>(what);
    case raw_type::int32:
      return integer<std::int32_t>(what);
    case raw_type::uint32:
      return integer<std::uint32_t>(what);
    case raw_type::int64:
      return integer<std::int64_t>(what);
    case raw_type::uint64:
      return integer<std::uint64_t>(what);
    case raw_type::float32: {
      auto x = real(what);
      if (!x || std::abs(*x) > double{std::numeric_limits<float>::max()}) return {};
      return std::bit_cast<std::uint32_t>(static_cast<float>(*x));
    }
    case raw_type::float64: {
      auto x = real(what);
      if (!x) return {};
      return std::bit_cast<std::uint64_t>(*x);
    }
    case raw_type::bit:
    case raw_type::string:
      break;
  }
  return {};
}

}  // namespace

bool holds_bits(register_table table) {
  return table == register_table::coil || table == register_table::discrete;
}

raw_type type_of(const register_address& where) {
  return where.type.value_or(holds_bits(where.table) ? raw_type::bit : raw_type::uint16);
}

std::uint16_t size_of(const register_address& where) {
  switch (type_of(where)) {
    case raw_type::int16:
    case raw_type::uint16:
    case raw_type::bit:
      return 1;
    case raw_type::int32:
    case raw_type::uint32:
    case raw_type::float32:
      return 2;
    case raw_type::int64:
    case raw_type::uint64:
    case raw_type::float64:
      return 4;
    case raw_type::string:
      break;
  }
  return where.length ? std::uint16_t{*where.length} : std::uint16_t{1};
}

std::optional<raw_value> decode(
    const register_address& where, std::span<const std::uint16_t> given
) {
  if (given.size() != size_of(where)) return {};
  if (holds_bits(where.table)) return raw_value{given[0] != 0};
  std::array<std::uint16_t, registers_max> held;  // no allocation: this runs for each value
  std::span w{held.data(), given.size()};
  std::ranges::copy(given, w.begin());
  reorder(where, w);
  auto all = joined(w);
  switch (type_of(where)) {
    case raw_type::int16:
      return std::int64_t{static_cast<std::int16_t>(all)};
    case raw_type::uint16:
      return std::int64_t{static_cast<std::uint16_t>(all)};
    case raw_type::int32:
      return std::int64_t{static_cast<std::int32_t>(all)};
    case raw_type::uint32:
      return std::int64_t{static_cast<std::uint32_t>(all)};
    case raw_type::int64:
      return static_cast<std::int64_t>(all);
    case raw_type::uint64:
      return all;
    case raw_type::float32:
      return finite(std::bit_cast<float>(static_cast<std::uint32_t>(all)));
    case raw_type::float64:
      return finite(std::bit_cast<double>(all));
    case raw_type::bit:
      return (all >> (where.bit ? int{*where.bit} : 0) & 1) != 0;
    case raw_type::string:
      return text_of(w);
  }
  return {};
}

std::optional<std::vector<std::uint16_t>> encode(
    const register_address& where, const raw_value& what
) {
  if (holds_bits(where.table)) {
    auto* on = std::get_if<bool>(&what);
    if (on == nullptr) return {};
    return words{static_cast<std::uint16_t>(*on)};
  }
  std::optional<words> w;
  if (type_of(where) == raw_type::string) {
    if (auto* text = std::get_if<std::string>(&what)) w = words_of(*text, size_of(where));
  } else if (auto bits = image(type_of(where), what)) {
    w = parted(*bits, size_of(where));
  }
  if (w) reorder(where, *w);
  return w;
}

}  // namespace stellwerk
