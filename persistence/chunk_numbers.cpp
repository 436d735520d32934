#include "persistence/chunk_numbers.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <vector>

#include "persistence/chunk_integers.hpp"
#include "persistence/chunk_planes.hpp"
#include "persistence/chunk_values.hpp"

namespace stellwerk::chunk {

namespace {

// Persistent: never reuse a number.
enum class layout : std::uint8_t {
  scaled = 0,
  ordered = 1,
  integers = 2,
  bools = 3,
  values = 4,
  by_exponent = 5
};
using column = std::vector<std::int64_t>;

constexpr std::size_t values_bytes_max = value::text_bytes_max + 32;  // of each
/// The exponent of 0.5 to 1 on top, then the fraction, the sign last.
constexpr outlook middle_exponent{std::int64_t{1022} << 53u, 0, 0, false};

std::uint64_t bits_of(const sample& one) {
  return std::bit_cast<std::uint64_t>(*one.value.as<double>());
}
void set_bits(sample& one, std::uint64_t bits) { one.value = std::bit_cast<double>(bits); }

void begin(byte_writer& out, layout which) { out.byte(static_cast<std::uint8_t>(which)); }
void write_column(byte_writer& out, const column& all) {
  write_integers(out, all, {.start = all.front()});
}

template <class T, class Of>
column column_of(std::span<const sample> run, Of of) {
  column all;
  all.reserve(run.size());
  for (auto& one : run) all.push_back(static_cast<std::int64_t>(of(*one.value.as<T>())));
  return all;
}

struct decimals {
  std::size_t digits = 0;
  column wholes;
  std::vector<std::size_t> others;  // places of what is no such decimal
};

std::optional<decimals> decimals_of(std::span<const sample> run) {
  for (std::size_t digits = 0; digits < powers.size(); ++digits) {
    decimals made{digits, {}, {}};
    made.wholes.reserve(run.size());
    for (auto& one : run) {
      auto whole = scaled(*one.value.as<double>(), digits);
      if (!whole) made.others.push_back(made.wholes.size());
      if (made.others.size() > run.size() / 32) break;
      made.wholes.push_back(whole ? *whole : made.wholes.empty() ? 0 : made.wholes.back());
    }
    if (made.wholes.size() == run.size()) return made;
  }
  return {};
}

void write_decimals(byte_writer& out, std::span<const sample> run, const decimals& what) {
  begin(out, layout::scaled);
  out.byte(static_cast<std::uint8_t>(what.digits));
  write_column(out, what.wholes);
  out.varint(what.others.size());
  for (std::size_t before = 0; auto at : what.others) {
    out.varint(at - before);
    out.varint(__builtin_bswap64(bits_of(run[at])));
    before = at;
  }
}

bool read_decimals(byte_reader& in, samples& run, column& wholes) {
  auto digits = in.byte();
  if (digits >= powers.size() || !read_integers(in, wholes)) return false;
  for (std::size_t i = 0; i < run.size(); ++i)
    run[i].value = static_cast<double>(wholes[i]) / powers[digits];
  std::uint64_t at = 0;
  for (auto others = in.varint(); others > 0 && in.good(); --others) {
    at += in.varint();
    if (at >= run.size()) return false;
    set_bits(run[static_cast<std::size_t>(at)], __builtin_bswap64(in.varint()));
  }
  return in.good();
}

/// As integers in the order of the numbers, those near zero in the middle.
std::int64_t ordered(std::uint64_t bits) {
  auto x = static_cast<std::int64_t>(bits);
  return x < 0 ? x ^ std::numeric_limits<std::int64_t>::max() : x;
}

std::string ordered_bytes(std::span<const sample> run) {
  std::uint64_t all = 0;
  for (auto& one : run) all |= bits_of(one);
  auto zeros = all == 0 ? 0 : std::countr_zero(all);
  std::string bytes;
  byte_writer out{bytes};
  begin(out, layout::ordered);
  out.byte(static_cast<std::uint8_t>(zeros));
  column wholes;
  for (auto& one : run) wholes.push_back(ordered(bits_of(one)) >> zeros);
  write_column(out, wholes);
  return bytes;
}

bool read_ordered(byte_reader& in, samples& run, column& wholes) {
  auto zeros = in.byte();
  if (zeros > 63 || !read_integers(in, wholes)) return false;
  auto mask = ~std::uint64_t{0} << zeros;
  for (std::size_t i = 0; i < run.size(); ++i) {
    auto x = static_cast<std::int64_t>(static_cast<std::uint64_t>(wholes[i]) << zeros);
    set_bits(run[i], static_cast<std::uint64_t>(ordered(static_cast<std::uint64_t>(x))) & mask);
  }
  return true;
}

std::string by_exponent_bytes(std::span<const sample> run) {
  std::string bytes;
  byte_writer out{bytes};
  begin(out, layout::by_exponent);
  auto turned = [](double x) { return std::rotl(std::bit_cast<std::uint64_t>(x), 1); };
  write_integers(out, column_of<double>(run, turned), middle_exponent);
  return bytes;
}

std::string values_bytes(std::span<const sample> run) {
  std::string plain, bytes;
  byte_writer values{plain};
  write_values(values, run);
  byte_writer out{bytes};
  begin(out, layout::values);
  out.varint(plain.size());
  write_plane(out, plain, plane::text);
  return bytes;
}

bool read_packed_values(byte_reader& in, samples& run) {
  auto size = in.varint();
  if (size > run.size() * values_bytes_max + 16) return false;
  std::string room;
  byte_reader plain{read_plane(in, static_cast<std::size_t>(size), room)};
  return in.good() && read_values(plain, run) && plain.good() && plain.at_end();
}

void write_doubles(byte_writer& out, std::span<const sample> run) {
  if (auto some = decimals_of(run)) return write_decimals(out, run, *some);
  auto least = ordered_bytes(run);
  for (auto write : {by_exponent_bytes, values_bytes})
    if (auto bytes = write(run); bytes.size() < least.size()) least = std::move(bytes);
  out.raw(least);
}

template <class T>
bool all(std::span<const sample> run) {
  return std::ranges::all_of(run, [](auto& s) { return s.value.template as<T>() != nullptr; });
}

}  // namespace

void write_numbers(byte_writer& out, std::span<const sample> run) {
  if (all<double>(run)) return write_doubles(out, run);
  auto same = [](auto x) { return x; };
  if (all<std::int64_t>(run)) {
    begin(out, layout::integers);
    return write_column(out, column_of<std::int64_t>(run, same));
  }
  if (all<bool>(run)) {
    begin(out, layout::bools);
    return write_column(out, column_of<bool>(run, same));
  }
  out.raw(values_bytes(run));
}

bool read_numbers(byte_reader& in, samples& run) {
  column wholes(run.size());
  auto fill = [&](auto of) {
    if (!read_integers(in, wholes)) return false;
    for (std::size_t i = 0; i < run.size(); ++i) run[i].value = of(wholes[i]);
    return true;
  };
  switch (static_cast<layout>(in.byte())) {
    case layout::scaled:
      return read_decimals(in, run, wholes);
    case layout::ordered:
      return read_ordered(in, run, wholes);
    case layout::integers:
      return fill([](std::int64_t x) { return x; });
    case layout::bools:
      return fill([](std::int64_t x) { return x != 0; });
    case layout::values:
      return read_packed_values(in, run);
    case layout::by_exponent:
      return fill([](std::int64_t x) {
        return std::bit_cast<double>(std::rotr(static_cast<std::uint64_t>(x), 1));
      });
  }
  return false;
}

}  // namespace stellwerk::chunk
