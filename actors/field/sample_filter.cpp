#include "actors/field/sample_filter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace stellwerk {

void sample_filter::plan(const device_document& document, moment now) {
  std::map<std::uint32_t, watched> next;
  for (auto& channel : document.fields.channels) {
    auto series = document.series.at(channel.name);
    auto known = rows_.find(series);
    auto& made = next[series];
    if (known != rows_.end())
      made = std::move(known->second);
    else
      made.last_seen = now;
    made.patience = 3 * std::chrono::milliseconds{channel.poll_ms};
    made.deadband = channel.deadband;
  }
  rows_ = std::move(next);
}

void sample_filter::remember(const sample& last) {
  auto known = rows_.find(last.series);
  if (known == rows_.end() || known->second.stored) return;
  known->second.stored = last;
  known->second.fresh = true;
}

bool sample_filter::worth_storing(const watched& of, const sample& now) {
  if (!of.stored || of.deadband <= 0 || now.quality != of.stored->quality) return true;
  if (now.time - of.stored->time >= silence_max || now.time < of.stored->time) return true;
  auto moved = std::abs(now.value.number() - of.stored->value.number());
  return !(moved <= of.deadband);  // true also where there is no number
}

samples sample_filter::take(samples seen, moment now) {
  std::erase_if(seen, [&](const sample& one) {
    auto known = rows_.find(one.series);
    if (known == rows_.end()) return true;
    auto& row = known->second;
    row.last_seen = now;
    row.fresh = true;
    if (!worth_storing(row, one)) return true;
    row.stored = one;
    return false;
  });
  return seen;
}

void sample_filter::make_stale(watched& of, wall_time at, samples& out) {
  of.fresh = false;
  if (!of.stored || of.stored->quality == quality::stale) return;
  of.stored->quality = quality::stale;
  of.stored->time = std::max(at, of.stored->time);
  out.push_back(*of.stored);
}

samples sample_filter::lost(wall_time at) {
  samples out;
  for (auto& [series, row] : rows_)
    if (row.fresh) make_stale(row, at, out);
  return out;
}

samples sample_filter::overdue(moment now, wall_time at) {
  samples out;
  for (auto& [series, row] : rows_)
    if (row.fresh && row.last_seen + row.patience <= now) make_stale(row, at, out);
  return out;
}

std::optional<sample_filter::moment> sample_filter::next_due() const {
  std::optional<moment> first;
  for (auto& [series, row] : rows_)
    if (auto at = row.last_seen + row.patience; row.fresh && (!first || at < *first)) first = at;
  return first;
}

}  // namespace stellwerk
