#include "persistence/chunk_values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace stellwerk::chunk {

namespace {

// Persistent: never reuse a number.
enum class column : std::uint8_t { scaled = 0, xor_double = 1, integers = 2, bools = 3, mixed = 4 };

std::optional<std::size_t> digits_for(std::span<const sample> run) {
  std::size_t digits = 0;
  for (auto& s : run)
    while (!scaled(*s.value.as<double>(), digits))
      if (++digits == powers.size()) return {};
  // Digits that a later value needs may take an earlier one out of range.
  auto fits = [&](auto& s) { return scaled(*s.value.template as<double>(), digits).has_value(); };
  if (!std::ranges::all_of(run, fits)) return {};
  return digits;
}

void write_scaled(byte_writer& out, std::span<const sample> run, std::size_t digits) {
  out.byte(static_cast<std::uint8_t>(digits));
  std::int64_t before = 0;
  for (auto& s : run) {
    auto now = *scaled(*s.value.as<double>(), digits);
    out.signed_varint(now - before);
    before = now;
  }
}

/// The byte-swapped difference: what neighbours share at the top becomes a short varint.
void write_xor(byte_writer& out, std::span<const sample> run) {
  std::uint64_t before = 0;
  for (auto& s : run) {
    auto now = std::bit_cast<std::uint64_t>(*s.value.as<double>());
    out.varint(__builtin_bswap64(now ^ before));
    before = now;
  }
}

void write_integers(byte_writer& out, std::span<const sample> run) {
  std::int64_t before = 0;
  for (auto& s : run) {
    auto now = *s.value.as<std::int64_t>();
    out.signed_varint(minus(now, before));
    before = now;
  }
}

void write_bools(byte_writer& out, std::span<const sample> run) {
  for (std::size_t at = 0; at < run.size(); at += 8) {
    unsigned bits = 0;
    for (std::size_t i = at; i < std::min(at + 8, run.size()); ++i)
      bits |= unsigned{*run[i].value.as<bool>()} << (i - at);
    out.byte(static_cast<std::uint8_t>(bits));
  }
}

/// Any kinds, each value with its kind; a text that was seen stands as the number of its place.
void write_mixed(byte_writer& out, std::span<const sample> run) {
  std::map<std::string_view, std::size_t> seen;
  for (auto& s : run) {
    auto& v = s.value;
    out.byte(static_cast<std::uint8_t>(v.held().index()));
    if (auto* truth = v.as<bool>()) out.byte(*truth ? 1 : 0);
    if (auto* integer = v.as<std::int64_t>()) out.signed_varint(*integer);
    if (auto* real = v.as<double>())
      out.varint(__builtin_bswap64(std::bit_cast<std::uint64_t>(*real)));
    if (auto* words = v.as<std::string>()) {
      auto [place, fresh] = seen.try_emplace(*words, seen.size());
      out.varint(place->second);
      if (fresh) out.text(*words);
    }
  }
}

template <class T>
bool all(std::span<const sample> run) {
  return std::ranges::all_of(run, [](auto& s) { return s.value.template as<T>() != nullptr; });
}

bool read_mixed(byte_reader& in, samples& run) {
  std::vector<std::string> seen;
  for (auto& s : run) {
    switch (in.byte()) {
      case 0:
        s.value = {};
        break;
      case 1:
        s.value = in.byte() != 0;
        break;
      case 2:
        s.value = in.signed_varint();
        break;
      case 3:
        s.value = std::bit_cast<double>(__builtin_bswap64(in.varint()));
        break;
      case 4: {
        auto place = in.varint();
        if (place > seen.size()) return false;
        if (place == seen.size()) seen.emplace_back(in.text());
        s.value = seen[static_cast<std::size_t>(place)];
        break;
      }
      default:
        return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::int64_t> scaled(double x, std::size_t digits) {
  constexpr double exact = 4503599627370496.0;  // 2^52
  auto near = std::nearbyint(x * powers[digits]);
  if (!(std::abs(near) <= exact)) return {};
  auto whole = static_cast<std::int64_t>(near);
  auto back = static_cast<double>(whole) / powers[digits];
  if (std::bit_cast<std::uint64_t>(back) != std::bit_cast<std::uint64_t>(x)) return {};
  return whole;
}

void write_qualities(byte_writer& out, std::span<const sample> run) {
  for (std::size_t at = 0; at < run.size();) {
    auto end = at;
    while (end < run.size() && run[end].quality == run[at].quality) ++end;
    out.byte(static_cast<std::uint8_t>(run[at].quality));
    out.varint(end - at);
    at = end;
  }
}

bool read_qualities(byte_reader& in, samples& run) {
  for (std::size_t at = 0; at < run.size();) {
    auto what = in.byte();
    auto length = in.varint();
    if (!in.good() || what > 3 || length == 0 || length > run.size() - at) return false;
    for (; length > 0; --length) run[at++].quality = static_cast<quality>(what);
  }
  return true;
}

void write_values(byte_writer& out, std::span<const sample> run) {
  auto begin = [&](column c) { out.byte(static_cast<std::uint8_t>(c)); };
  if (all<double>(run)) {
    if (auto digits = digits_for(run)) {
      begin(column::scaled);
      return write_scaled(out, run, *digits);
    }
    begin(column::xor_double);
    return write_xor(out, run);
  }
  if (all<std::int64_t>(run)) {
    begin(column::integers);
    return write_integers(out, run);
  }
  if (all<bool>(run)) {
    begin(column::bools);
    return write_bools(out, run);
  }
  begin(column::mixed);
  write_mixed(out, run);
}

bool read_values(byte_reader& in, samples& run) {
  switch (static_cast<column>(in.byte())) {
    case column::scaled: {
      auto digits = in.byte();
      if (digits >= powers.size()) return false;
      std::int64_t at = 0;
      for (auto& s : run) {
        at = plus(at, in.signed_varint());
        s.value = static_cast<double>(at) / powers[digits];
      }
      return true;
    }
    case column::xor_double: {
      std::uint64_t bits = 0;
      for (auto& s : run) {
        bits ^= __builtin_bswap64(in.varint());
        s.value = std::bit_cast<double>(bits);
      }
      return true;
    }
    case column::integers: {
      std::int64_t at = 0;
      for (auto& s : run) {
        at = plus(at, in.signed_varint());
        s.value = at;
      }
      return true;
    }
    case column::bools: {
      unsigned bits = 0;
      for (std::size_t i = 0; i < run.size(); ++i) {
        if (i % 8 == 0) bits = in.byte();
        run[i].value = ((bits >> (i % 8)) & 1u) != 0;
      }
      return true;
    }
    case column::mixed:
      return read_mixed(in, run);
  }
  return false;
}

}  // namespace stellwerk::chunk
