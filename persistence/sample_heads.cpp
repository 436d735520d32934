#include "persistence/sample_heads.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace stellwerk {

namespace {

std::size_t text_bytes_of(const sample& one) {
  auto* text = one.value.as<std::string>();
  return text != nullptr && text->capacity() > std::string{}.capacity() ? text->capacity() : 0;
}

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

head_runs runs_of(samples head, wall_time ordered_until) {
  std::ranges::stable_sort(head, {}, &sample::time);
  // From the back, the first of each moment is the one written last.
  auto same = [](const sample& a, const sample& b) { return a.time == b.time; };
  auto kept = std::unique(head.rbegin(), head.rend(), same);
  std::span<const sample> all{kept.base(), head.end()};
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
  show(one);
  if (mine.head.empty()) {
    mine.since = written;
    by_age_.emplace(written, one.series);
  }
  auto before = mine.head.capacity();
  mine.head.push_back(one);
  bytes_ += (mine.head.capacity() - before) * sizeof(sample);
  auto text = text_bytes_of(mine.head.back());
  mine.text_bytes += text;
  bytes_ += text;
  ++count_;
  auto skew = (arrived - one.time).count();
  if (std::abs(skew) > std::abs(mine.skew_ms)) mine.skew_ms = skew;
  if (mine.head.size() == full_size(one.series)) full_.insert(one.series);
}

void sample_heads::show(const sample& one) {
  auto& last = series_[one.series].record.last;
  if (last.value.empty() || one.time >= last.time) last = one;
}

const sample* sample_heads::latest(std::uint32_t series) const {
  auto found = series_.find(series);
  return found == series_.end() ? nullptr : &found->second.record.last;
}

void sample_heads::copy(std::uint32_t series, wall_time from, wall_time to, samples& out) const {
  auto found = series_.find(series);
  if (found == series_.end()) return;
  std::ranges::copy_if(found->second.head, std::back_inserter(out), [=](const sample& one) {
    return from <= one.time && one.time < to;
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
    return series_.at(series).head.size();
  });
  some.resize(std::min(count, some.size()));
  return some;
}

sample_heads::closing sample_heads::close(std::uint32_t series, std::uint64_t written) const {
  auto& mine = series_.at(series);
  auto until = mine.record.ordered_until;
  closing out{mine.record, runs_of(mine.head, until), mine.skew_ms, until};
  out.record.covered = written;
  if (!out.runs.ordered.empty()) out.record.ordered_until = out.runs.ordered.back().back().time;
  return out;
}

void sample_heads::forget(const series_record& closed) {
  auto& mine = series_.at(closed.last.series);
  by_age_.erase({mine.since, closed.last.series});
  full_.erase(closed.last.series);
  bytes_ -= mine.head.capacity() * sizeof(sample) + mine.text_bytes;
  count_ -= mine.head.size();
  mine = state{closed, {}, 0, 0, 0};
}

}  // namespace stellwerk
