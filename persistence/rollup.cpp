#include "persistence/rollup.hpp"

#include <algorithm>
#include <limits>

#include "persistence/chunk_values.hpp"

namespace stellwerk {

namespace {

double finite_sum(double a, double b) {
  constexpr auto most = std::numeric_limits<double>::max();
  return std::clamp(a + b, -most, most);
}

void append_to(number_rollup& all, const number_rollup& later) {
  if (later.count == 0) return;
  if (all.count == 0) {
    all = later;
    return;
  }
  all.count += later.count;
  all.min = std::min(all.min, later.min);
  all.max = std::max(all.max, later.max);
  all.sum = finite_sum(all.sum, later.sum);
  all.last = later.last;
}

void append_to(state_rollup& all, const state_rollup& later) {
  if (later.count == 0) return;
  if (all.count == 0) {
    all = later;
    return;
  }
  all.count += later.count;
  all.changes += later.changes + (all.last == later.first ? 0 : 1);
  all.last = later.last;
}

void add_to(number_rollup& all, double x) { append_to(all, {1, x, x, x, x, x}); }

void add_to(state_rollup& all, const value& next) {
  if (all.count == 0) all.first = next;
  if (all.count > 0 && !(all.last == next)) ++all.changes;
  if (all.count == 0 || !(all.last == next)) all.last = next;
  ++all.count;
}

}  // namespace

void rollup::add(const value& next) {
  if (auto* real = next.as<double>()) return add_to(numbers, *real);
  if (auto* whole = next.as<std::int64_t>()) return add_to(numbers, static_cast<double>(*whole));
  if (!next.empty()) add_to(states, next);
}

void rollup::append(const rollup& later) {
  append_to(numbers, later.numbers);
  append_to(states, later.states);
}

std::size_t rollup_span::slot_of(wall_time when) const {
  return static_cast<std::size_t>((when - floor_to(when, row)) / unit);
}

wall_time floor_to(wall_time when, std::chrono::milliseconds unit) {
  auto ms = when.time_since_epoch().count();
  auto over = ms % unit.count();
  if (over < 0) over += unit.count();
  return wall_time{std::chrono::milliseconds{chunk::minus(ms, over)}};
}

rollup total_of(const rollup_row& row) {
  rollup all;
  for (auto& one : row) all.append(one);
  return all;
}

}  // namespace stellwerk
