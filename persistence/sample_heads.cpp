#include "persistence/sample_heads.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace stellwerk {

namespace {

/// Series that are polled in step would all be full at once: each has a size of its own.
std::size_t full_size(std::uint32_t series) { return head_samples_max - series % 64; }

/// Parts of equal size, none over a chunk's.
void part_evenly(std::span<const sample> run, std::vector<samples>& out) {
  auto parts = (run.size() + head_samples_max - 1) / head_samples_max;
  for (; parts > 0; --parts) {
    auto size = (run.size() + parts - 1) / parts;
    out.emplace_back(run.begin(), run.begin() + static_cast<std::ptrdiff_t>(size));
    run = run.subspan(size);
  }
}

void part_by_span(std::span<const sample> run, std::vector<samples>& out) {
  while (!run.empty()) {
    auto until = run.front().time + late_span_max;
    auto end = std::ranges::upper_bound(run, until, {}, &sample::time);
    auto size =
        std::min<std::size_t>(static_cast<std::size_t>(end - run.begin()), head_samples_max);
    out.emplace_back(run.begin(), run.begin() + static_cast<std::ptrdiff_t>(size));
    run = run.subspan(size);
  }
}

}  // namespace

samples ascending(samples written) {
  std::ranges::stable_sort(written, {}, &sample::time);
  // From the back, the first of each moment is the one written last.
  auto same = [](const sample& a, const sample& b) { return a.time == b.time; };
  auto kept = std::unique(written.rbegin(), written.rend(), same);
  written.erase(written.begin(), kept.base());
  return written;
}

head_runs runs_of(samples head, wall_time ordered_until) {
  auto sorted = ascending(std::move(head));
  std::span<const sample> all{sorted};
  auto first = std::ranges::upper_bound(all, ordered_until, {}, &sample::time);
  auto late = static_cast<std::size_t>(first - all.begin());
  head_runs runs;
  part_by_span(all.first(late), runs.late);
  part_evenly(all.subspan(late), runs.ordered);
  return runs;
}

void sample_heads::restore(const series_record& record) {
  series_[record.last.series].record = record;
}

void sample_heads::add(const sample& one, wall_time arrived, std::uint64_t written) {
  auto& mine = series_[one.series];
  if (written <= mine.record.covered) return;
  show(one, mine.record.last);
  if (mine.count == 0) {
    mine.since = written;
    by_age_.emplace(written, one.series);
  }
  scratch_.clear();
  append_sample(scratch_, one, mine.last_time);
  grow(mine.head, scratch_.size());
  mine.head.insert(mine.head.end(), scratch_.begin(), scratch_.end());
  mine.last_time = one.time;
  ++mine.count;
  ++count_;
  auto skew = (arrived - one.time).count();
  if (std::abs(skew) > std::abs(mine.skew_ms)) mine.skew_ms = skew;
  if (mine.count == full_size(one.series)) full_.insert(one.series);
}

/// By half: many heads together waste little.
void sample_heads::grow(std::vector<char>& head, std::size_t more) {
  auto before = head.capacity();
  auto needed = head.size() + more;
  if (needed <= before) return;
  head.reserve(std::max(needed, before + before / 2));
  bytes_ += head.capacity() - before;
}

template <class F>
void sample_heads::for_each(const state& mine, F f) {
  std::string_view rest{mine.head.data(), mine.head.size()};
  sample one;
  one.series = mine.record.last.series;
  for (wall_time before{}; take_sample(rest, one, before); before = one.time) f(one);
}

void sample_heads::show(const sample& one) { show(one, series_[one.series].record.last); }

void sample_heads::show(const sample& one, sample& last) {
  if (last.value.empty() || one.time >= last.time) last = one;
}

const sample* sample_heads::latest(std::uint32_t series) const {
  auto found = series_.find(series);
  return found == series_.end() ? nullptr : &found->second.record.last;
}

void sample_heads::copy(std::uint32_t series, wall_time from, wall_time to, samples& out) const {
  auto found = series_.find(series);
  if (found == series_.end()) return;
  for_each(found->second, [&](const sample& one) {
    if (from <= one.time && one.time < to) out.push_back(one);
  });
}

std::vector<std::uint32_t> sample_heads::full(std::size_t count) const {
  std::vector<std::uint32_t> some;
  std::ranges::copy_n(
      full_.begin(), static_cast<std::ptrdiff_t>(std::min(count, full_.size())),
      std::back_inserter(some)
  );
  return some;
}

std::vector<std::uint32_t> sample_heads::oldest(std::size_t count) const {
  std::vector<std::uint32_t> some;
  for (auto& [since, series] : by_age_) {
    if (some.size() == count) break;
    some.push_back(series);
  }
  return some;
}

std::vector<std::uint32_t> sample_heads::largest_of_oldest(std::size_t count) const {
  auto some = oldest(2 * count);
  std::ranges::stable_sort(some, std::greater{}, [this](std::uint32_t series) {
    return series_.at(series).count;
  });
  some.resize(std::min(count, some.size()));
  return some;
}

sample_heads::closing sample_heads::close(std::uint32_t series, std::uint64_t written) const {
  auto& mine = series_.at(series);
  auto until = mine.record.ordered_until;
  samples head;
  head.reserve(mine.count);
  for_each(mine, [&](const sample& one) { head.push_back(one); });
  closing out{mine.record, runs_of(std::move(head), until), mine.skew_ms, until};
  out.record.covered = written;
  if (!out.runs.ordered.empty()) out.record.ordered_until = out.runs.ordered.back().back().time;
  return out;
}

void sample_heads::forget(const series_record& closed) {
  auto& mine = series_.at(closed.last.series);
  by_age_.erase({mine.since, closed.last.series});
  full_.erase(closed.last.series);
  bytes_ -= mine.head.capacity();
  count_ -= mine.count;
  mine = state{closed};
}

}  // namespace stellwerk
