#include "actors/history/series_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace stellwerk {

namespace {

void write(std::string& out, std::uint64_t count) { out += std::to_string(count); }

/// Of a channel of integers as such, as far as a double is exact.
void write(std::string& out, double x, value_type type) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (type == value_type::int_ && std::abs(x) <= exact)
    out += std::to_string(static_cast<std::int64_t>(x));
  else
    json::codec<double>::write(out, x);
}

/// What is beyond is noise of the sum, and would be most of the answer.
double of_twelve_digits(double x) {
  std::array<char, 32> text{};
  auto* end = text.data() + text.size();
  auto made = std::to_chars(text.data(), end, x, std::chars_format::scientific, 11);
  std::from_chars(text.data(), made.ptr, x);
  return x;
}

void write_numbers(std::string& out, const number_rollup& of, value_type type) {
  write(out, of.min, type);
  out += ',';
  write(out, of.max, type);
  out += ',';
  auto average = of.min == of.max ? of.min : of_twelve_digits(of.average());
  json::codec<double>::write(out, std::clamp(average, of.min, of.max));
  out += ',';
  write(out, of.count);
}

void write_states(std::string& out, const state_rollup& of) {
  json::codec<value>::write(out, of.last);
  out += ',';
  write(out, of.changes);
  out += ',';
  write(out, of.count);
}

}  // namespace

bucket_list series_text(const series_buckets& buckets, const bucket_grid& grid, value_type type) {
  auto is_number = type == value_type::float_ || type == value_type::int_;
  std::string out = "[";
  for (auto& [index, content] : buckets) {
    if ((is_number ? content.numbers.count : content.states.count) == 0) continue;
    out += out.size() > 1 ? ",[" : "[";
    json::codec<wall_time>::write(out, grid.begin(index));
    out += ',';
    if (is_number)
      write_numbers(out, content.numbers, type);
    else
      write_states(out, content.states);
    out += ']';
  }
  out += ']';
  return {std::move(out)};
}

std::optional<wall_time> partial_from(const bucket_grid& grid, wall_time now) {
  auto cut = grid.to;
  auto whole = (cut - grid.from) % grid.width == std::chrono::milliseconds{};
  auto last = grid.index_of(cut - std::chrono::milliseconds{1});
  auto first = whole ? last + 1 : last;
  if (now < grid.begin(first)) first = now < grid.from ? 0 : grid.index_of(now);
  if (first > last) return {};
  return grid.begin(first);
}

}  // namespace stellwerk
