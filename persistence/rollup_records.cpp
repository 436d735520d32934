#include "persistence/rollup_records.hpp"

#include <array>
#include <cmath>

#include "persistence/big_endian.hpp"
#include "persistence/bytes.hpp"
#include "persistence/chunk_values.hpp"

namespace stellwerk {

namespace {

// Persistent: never reuse a number.
constexpr std::uint8_t version = 1;
constexpr std::uint8_t has_numbers = 1;
constexpr std::uint8_t has_states = 2;

// So that negative times sort before positive ones.
constexpr std::uint64_t sign = std::uint64_t{1} << 63u;

constexpr std::array number_columns{
    &number_rollup::min, &number_rollup::max, &number_rollup::sum, &number_rollup::first,
    &number_rollup::last};
constexpr std::array state_columns{&state_rollup::first, &state_rollup::last};

double of_few_decimals(double sum) {
  constexpr double exact = 4503599627370496.0;  // 2^52
  for (double power = 1; power < 1e10; power *= 10) {
    auto near = std::nearbyint(sum * power);
    if (!(std::abs(near) <= exact)) return sum;
    if (std::abs(near / power - sum) <= std::abs(sum) * 1e-13) return near / power;
  }
  return sum;
}

std::uint8_t kinds_of(const rollup& one) {
  return static_cast<std::uint8_t>(
      (one.numbers.count > 0 ? has_numbers : 0) | (one.states.count > 0 ? has_states : 0)
  );
}

template <class Part, class Members>
void write_columns(
    byte_writer& out, const std::vector<const Part*>& parts, const Members& members
) {
  if (parts.empty()) return;
  for (auto* one : parts) out.varint(one->count);
  samples column(parts.size());
  for (auto member : members) {
    for (std::size_t i = 0; i < parts.size(); ++i) column[i].value = parts[i]->*member;
    if constexpr (std::is_same_v<Part, number_rollup>)
      if (member == &number_rollup::sum)
        for (auto& one : column) one.value = of_few_decimals(*one.value.template as<double>());
    chunk::write_values(out, column);
  }
}

/// What a value in a column must be, for bytes from a disk are never trusted.
bool take(const value& from, double& into) {
  auto* real = from.as<double>();
  if (real != nullptr) into = *real;
  return real != nullptr && std::isfinite(*real);
}
bool take(value& from, value& into) {
  into = std::move(from);
  return into.as<bool>() != nullptr || into.as<std::string>() != nullptr;
}

template <class Part, class Members>
bool read_columns(byte_reader& in, const std::vector<Part*>& parts, const Members& members) {
  if (parts.empty()) return true;
  for (auto* one : parts) {
    one->count = in.varint();
    if (one->count == 0) return false;
  }
  samples column(parts.size());
  for (auto member : members) {
    if (!chunk::read_values(in, column) || !in.good()) return false;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (!take(column[i].value, parts[i]->*member)) return false;
  }
  return true;
}

}  // namespace

std::string to_bytes(const rollup_key& key) {
  std::string bytes;
  append_big_endian(bytes, key.series);
  bytes += static_cast<char>(key.level);
  auto ms = static_cast<std::uint64_t>(key.begin.time_since_epoch().count());
  append_big_endian(bytes, ms ^ sign);
  return bytes;
}

std::optional<rollup_key> rollup_key_from(std::string_view bytes) {
  if (bytes.size() != 13) return {};
  rollup_key key;
  key.series = *take_big_endian<std::uint32_t>(bytes);
  auto level = *take_big_endian<std::uint8_t>(bytes);
  if (level < 1 || level > rollup_spans.size()) return {};
  key.level = static_cast<rollup_level>(level);
  auto ms = static_cast<std::int64_t>(*take_big_endian<std::uint64_t>(bytes) ^ sign);
  key.begin = wall_time{std::chrono::milliseconds{ms}};
  return key;
}

std::string to_bytes(const rollup_row& row) {
  std::string bytes;
  byte_writer out{bytes};
  out.byte(version);
  std::vector<const number_rollup*> numbers;
  std::vector<const state_rollup*> states;
  std::uint8_t kinds = 0;
  for (auto& one : row) {
    kinds = kinds_of(one);
    out.byte(kinds);
    if ((kinds & has_numbers) != 0) numbers.push_back(&one.numbers);
    if ((kinds & has_states) != 0) states.push_back(&one.states);
  }
  write_columns(out, numbers, number_columns);
  write_columns(out, states, state_columns);
  for (auto* one : states) out.varint(one->changes);
  return bytes;
}

std::optional<rollup_row> rollup_row_from(std::string_view bytes, const rollup_span& span) {
  byte_reader in{bytes};
  if (in.byte() != version) return {};
  rollup_row row(span.slots());
  std::vector<number_rollup*> numbers;
  std::vector<state_rollup*> states;
  for (auto& one : row) {
    auto kinds = in.byte();
    if (kinds > (has_numbers | has_states)) return {};
    if ((kinds & has_numbers) != 0) numbers.push_back(&one.numbers);
    if ((kinds & has_states) != 0) states.push_back(&one.states);
  }
  if (!in.good() || !read_columns(in, numbers, number_columns) ||
      !read_columns(in, states, state_columns))
    return {};
  for (auto* one : states) one->changes = in.varint();
  if (!in.good() || !in.at_end()) return {};
  return row;
}

}  // namespace stellwerk
