#include "persistence/sample_pages.hpp"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <algorithm>
#include <iterator>

#include "actors/model/error.hpp"
#include "persistence/sample_heads.hpp"
#include "persistence/sample_merge.hpp"

namespace stellwerk {

namespace {

void add_head(series_merge& merge, const samples& heads, std::uint32_t series) {
  samples mine;
  std::ranges::copy_if(heads, std::back_inserter(mine), [=](auto& s) {
    return s.series == series;
  });
  for (auto& part : runs_of(std::move(mine), wall_time::min()).ordered)
    merge.add_run(std::move(part), written_last);
}

/// That with the earliest next sample, of equal ones the first; null at the end.
series_merge* earliest_of(std::vector<series_merge>& merges) {
  series_merge* best = nullptr;
  for (auto& one : merges)
    if (auto* next = one.front(); next != nullptr)
      if (best == nullptr || next->time < best->front()->time) best = &one;
  return best;
}

}  // namespace

caf::expected<bool> read_ascending(
    const database& db, const read_range& what, const samples& heads, const sample_taker& take
) {
  auto series = what.series;
  std::ranges::sort(series);
  series.erase(std::unique(series.begin(), series.end()), series.end());
  if (series.size() > page_series_max) return refuse(errc::invalid);
  rocksdb::ManagedSnapshot moment{db.operator->()};
  std::vector<series_merge> merges;
  for (auto one : series) {
    merges.emplace_back(db, moment.snapshot(), one, what.from, what.to);
    add_head(merges.back(), heads, one);
    if (auto why = merges.back().prepare()) return why;
  }
  auto skipped = what.skip;
  for (auto* next = earliest_of(merges); next != nullptr; next = earliest_of(merges)) {
    if (skipped > 0 && next->front()->time == what.from)
      --skipped;
    else if (!take(*next->front()))
      return true;
    next->pop();
    if (auto why = next->prepare()) return why;
  }
  return false;
}

caf::expected<range_page> read_page(
    const database& db, const read_range& what, const samples& heads
) {
  if (what.limit == 0 || what.limit > page_samples_max) return refuse(errc::invalid);
  range_page page;
  auto more = read_ascending(db, what, heads, [&](const sample& next) {
    if (page.items.size() == what.limit) return false;
    page.items.push_back(next);
    return true;
  });
  if (!more) return more.error();
  page.more = *more;
  return page;
}

}  // namespace stellwerk
