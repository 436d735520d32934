#include "persistence/series_buckets.hpp"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <algorithm>
#include <iterator>

#include "actors/model/error.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/rollup_reader.hpp"
#include "persistence/sample_heads.hpp"
#include "persistence/sample_merge.hpp"
#include "persistence/sample_retention.hpp"

namespace stellwerk {

namespace {

constexpr auto minute = std::chrono::minutes{1};
constexpr wall_time latest = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};
constexpr wall_time earliest{-latest.time_since_epoch()};
constexpr int whole_from = 8;  // units: rounding a width up costs a ninth of the points at most

caf::error too_many_chunks() {
  return refuse(
      errc::too_large, std::string{"Too many samples: ask for fewer channels or wider buckets"}
  );
}

/// Until when a series is in chunks.
caf::expected<wall_time> stored_until(
    const database& db, const rocksdb::Snapshot* moment, std::uint32_t series
) {
  rocksdb::ReadOptions then;
  then.snapshot = moment;
  std::string bytes;
  auto status = db->Get(then, family(db, history_family::series), to_big_endian(series), &bytes);
  if (status.IsNotFound()) return wall_time::min();
  if (!status.ok()) return failure(status);
  auto record = series_record_from(bytes, series);
  if (!record) return failure(rocksdb::Status::Corruption("a series is not well-formed"));
  return record->ordered_until;
}

/// One series on its way into buckets, from the first on. What is in chunks comes by the largest
/// pieces that fit; a minute that a sample of the head belongs to, which may replace one in a
/// chunk, is read sample by sample.
class bucket_reader {
 public:
  bucket_reader(
      const database& db, const rocksdb::Snapshot* moment, std::uint32_t series,
      const bucket_grid& grid, wall_time kept_from
  )
      : grid_(grid),
        kept_from_(kept_from),
        rows_(db, moment, series),
        chunks_(db, moment, series, grid.from, grid.to) {}

  caf::expected<series_buckets> read(samples head, wall_time stored_until) {
    auto fresh = take_late(std::move(head), stored_until);
    auto end = std::min(grid_.to, stored_until + std::chrono::milliseconds{1});
    for (auto begin = grid_.from; begin < end;) {
      auto next = std::min(end, grid_.begin(grid_.index_of(begin) + 1));
      if (auto why = cover(rollup_level::day, begin, next)) return why;
      begin = next;
    }
    for (auto& one : fresh) now(one.time).add(one.value);
    for (const value* before = nullptr; auto& [index, content] : made_) {
      auto& states = content.states;
      if (states.count == 0) continue;
      if (before != nullptr && !(*before == states.first)) ++states.changes;
      before = &states.last;
    }
    return std::move(made_);
  }
  std::size_t chunks_read() const { return chunks_.opened(); }

 private:
  /// Puts those of the head that may be in chunks, too, above these. Answers with the rest.
  samples take_late(samples head, wall_time stored_until) {
    samples fresh;
    auto runs = runs_of(std::move(head), stored_until);
    for (auto& run : runs.late) {
      for (auto& one : run)
        if (auto begin = floor_to(one.time, minute); late_.empty() || late_.back() != begin)
          late_.push_back(begin);
      auto gone = std::ranges::lower_bound(run, kept_from_, {}, &sample::time);
      gone_.insert(gone_.end(), run.begin(), gone);
      chunks_.add_run(std::move(run), written_last);
    }
    std::ranges::sort(gone_, {}, &sample::time);
    for (auto& run : runs.ordered) std::ranges::move(run, std::back_inserter(fresh));
    return fresh;
  }

  rollup& now(wall_time when) {
    auto index = grid_.index_of(when);
    if (made_.empty() || made_.back().index != index) made_.push_back({index, {}});
    return made_.back().content;
  }

  /// The first of the late minutes from `when` on.
  wall_time next_late(wall_time when) const {
    auto found = std::ranges::lower_bound(late_, when);
    return found == late_.end() ? wall_time::max() : *found;
  }

  caf::error cover(rollup_level level, wall_time begin, wall_time end) {
    auto unit = span_of(level).unit;
    auto first = floor_to(begin + unit - std::chrono::milliseconds{1}, unit);
    auto last = floor_to(end, unit);
    if (first >= last) return cover_below(level, begin, end);
    if (auto why = cover_below(level, begin, first)) return why;
    while (first < last) {
      auto late = next_late(first);
      if (late < first + unit) {
        if (auto why = cover_below(level, first, first + unit)) return why;
        first += unit;
        continue;
      }
      auto whole = rows_.find(level, first);
      if (!whole) return whole.error();
      if (*whole != nullptr) {
        if (!(*whole)->empty()) now(first).append(**whole);
        first += unit;
      } else {
        first = std::min({last, rows_.next_row(level), floor_to(late, unit)});
      }
    }
    return cover_below(level, last, end);
  }

  caf::error cover_below(rollup_level level, wall_time begin, wall_time end) {
    if (begin >= end) return {};
    if (level != rollup_level::minute)
      return cover(static_cast<rollup_level>(static_cast<int>(level) - 1), begin, end);
    if (begin < kept_from_) return cover_kept(begin, end);
    chunks_.skip_to(begin);
    if (chunks_.opened() > series_chunks_max) return too_many_chunks();
    return chunks_.take_until(end, [&](const sample& one) { now(one.time).add(one.value); });
  }

  /// A minute at most, whose samples may be gone: it is told as a whole where it begins, and what
  /// came late is added to it, as it will be to its row.
  caf::error cover_kept(wall_time begin, wall_time end) {
    auto first = floor_to(begin, minute);
    auto whole = rows_.find(rollup_level::minute, first);
    if (!whole) return whole.error();
    if (*whole == nullptr || (*whole)->empty()) return {};
    if (begin == first) now(begin).append(**whole);
    auto one = std::ranges::lower_bound(gone_, begin, {}, &sample::time);
    for (; one != gone_.end() && one->time < end; ++one) now(one->time).add(one->value);
    return {};
  }

  bucket_grid grid_;
  wall_time kept_from_;
  rollup_reader rows_;
  series_merge chunks_;
  std::vector<wall_time> late_;  // minutes, ascending
  samples gone_;                 // late ones of times that are not kept
  series_buckets made_;
};

samples of_series(const samples& heads, std::uint32_t series) {
  samples mine;
  std::ranges::copy_if(heads, std::back_inserter(mine), [=](auto& s) {
    return s.series == series;
  });
  return mine;
}

}  // namespace

caf::expected<bucket_grid> grid_of(wall_time from, wall_time to, std::uint32_t points) {
  if (points == 0 || from < earliest || to > latest || from >= to) return refuse(errc::invalid);
  auto width = (to - from + std::chrono::milliseconds{points - 1}) / points;
  for (auto span = rollup_spans.rbegin(); span != rollup_spans.rend(); ++span) {
    if (width < whole_from * span->unit) continue;
    width = (width + span->unit - std::chrono::milliseconds{1}) / span->unit * span->unit;
    break;
  }
  return bucket_grid{from, to, width};
}

caf::error read_buckets(
    const database& db, const std::vector<std::uint32_t>& series, const bucket_grid& grid,
    const samples& heads, const tell_buckets& tell
) {
  rocksdb::ManagedSnapshot moment{db.operator->()};
  std::size_t chunks = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    auto until = stored_until(db, moment.snapshot(), series[i]);
    if (!until) return until.error();
    auto kept_from = kept_from_of(db, moment.snapshot(), series[i]);
    if (!kept_from) return kept_from.error();
    bucket_reader reader{db, moment.snapshot(), series[i], grid, *kept_from};
    auto made = reader.read(of_series(heads, series[i]), *until);
    if (!made) return made.error();
    chunks += reader.chunks_read();
    if (chunks > series_chunks_max) return too_many_chunks();
    if (auto why = tell(i, *made)) return why;
  }
  return {};
}

}  // namespace stellwerk
