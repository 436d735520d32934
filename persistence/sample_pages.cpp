#include "persistence/sample_pages.hpp"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>

#include "actors/model/error.hpp"
#include "persistence/chunk.hpp"
#include "persistence/sample_heads.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t open_runs_max = 1024;
constexpr std::uint64_t newest = std::numeric_limits<std::uint64_t>::max();

/// Ascending samples of one chunk or head, no two of one moment.
struct run {
  samples items;
  std::size_t at = 0;
  std::uint64_t written = 0;

  bool done() const { return at == items.size(); }
  const sample& front() const { return items[at]; }
};

rocksdb::ReadOptions reading(const rocksdb::Snapshot* moment) {
  rocksdb::ReadOptions options;
  options.snapshot = moment;
  return options;
}

/// The chunks of one lane of a series, from the first that can hold samples at `from` on.
class lane_cursor {
 public:
  lane_cursor(
      const database& db, const rocksdb::Snapshot* moment, std::uint32_t series, lane which,
      wall_time from
  )
      : series_(series),
        lane_(which),
        at_(db->NewIterator(reading(moment), family(db, history_family::chunks))) {
    if (which == lane::ordered) {
      at_->SeekForPrev(to_bytes(chunk_key{series, which, from, newest}));
      if (load()) return;
      at_->Seek(to_bytes(chunk_key{series, which, from, 0}));
    } else {
      auto earliest =
          from < wall_time::min() + late_span_max ? wall_time::min() : from - late_span_max;
      at_->Seek(to_bytes(chunk_key{series, which, earliest, 0}));
    }
    load();
  }

  /// Null at the end.
  const chunk_key* key() const { return key_ ? &*key_ : nullptr; }
  std::string_view chunk() const { return chunk_in(at_->value().ToStringView()); }
  void next() {
    at_->Next();
    load();
  }
  rocksdb::Status status() const { return at_->status(); }

 private:
  bool load() {
    key_.reset();
    if (!at_->Valid()) return false;
    auto key = chunk_key_from(at_->key().ToStringView());
    if (key && key->series == series_ && key->lane == lane_) key_ = key;
    return key_.has_value();
  }

  std::uint32_t series_;
  lane lane_;
  std::unique_ptr<rocksdb::Iterator> at_;
  std::optional<chunk_key> key_;
};

/// The samples of one series within a range, ascending, those written later before those they
/// replace.
class series_merge {
 public:
  series_merge(
      const database& db, const rocksdb::Snapshot* moment, std::uint32_t series,
      const read_range& range
  )
      : from_(range.from),
        to_(range.to),
        lanes_{
            lane_cursor{db, moment, series, lane::ordered, range.from},
            lane_cursor{db, moment, series, lane::late, range.from}} {}

  /// REQUIRES: ascending, no two of one moment.
  void add_run(samples items, std::uint64_t written) {
    items.erase(std::ranges::lower_bound(items, to_, {}, &sample::time), items.end());
    items.erase(items.begin(), std::ranges::lower_bound(items, from_, {}, &sample::time));
    if (!items.empty()) runs_.push_back({std::move(items), 0, written});
  }

  /// Opens every chunk that may hold the next sample. One round is enough: what the second lane
  /// opens only brings the next sample nearer, and the first lane's next chunk was behind it.
  caf::error prepare() {
    std::erase_if(runs_, [](const run& one) { return one.done(); });
    for (auto& lane : lanes_) {
      for (; lane.key() != nullptr && lane.key()->first < to_ && lane.key()->first <= next_time();
           lane.next())
        if (auto why = open(lane)) return why;
      if (!lane.status().ok()) return failure(lane.status());
    }
    return {};
  }

  /// The next sample; null at the end. REQUIRES: prepared.
  const sample* front() const {
    const run* best = nullptr;
    for (auto& one : runs_) {
      if (one.done()) continue;
      if (best == nullptr || one.front().time < best->front().time ||
          (one.front().time == best->front().time && one.written > best->written))
        best = &one;
    }
    return best == nullptr ? nullptr : &best->front();
  }
  void pop() {
    auto moment = next_time();
    for (auto& one : runs_)
      if (!one.done() && one.front().time == moment) ++one.at;
  }

 private:
  wall_time next_time() const {
    auto* next = front();
    return next == nullptr ? wall_time::max() : next->time;
  }
  caf::error open(lane_cursor& lane) {
    auto bytes = lane.chunk();
    auto about = chunk::summary_of(bytes);
    if (about.count > 0 && about.last < from_) return {};
    if (runs_.size() >= open_runs_max) return refuse(errc::too_large);
    auto items = chunk::decode(bytes, lane.key()->series);
    if (!items) return items.error();
    add_run(std::move(*items), lane.key()->written);
    return {};
  }

  wall_time from_;
  wall_time to_;
  std::array<lane_cursor, 2> lanes_;
  std::vector<run> runs_;
};

void add_head(series_merge& merge, const samples& heads, std::uint32_t series) {
  samples mine;
  std::ranges::copy_if(heads, std::back_inserter(mine), [=](auto& s) {
    return s.series == series;
  });
  for (auto& part : runs_of(std::move(mine), wall_time::min()).ordered)
    merge.add_run(std::move(part), newest);
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

caf::expected<range_page> read_page(
    const database& db, const read_range& what, const samples& heads
) {
  auto series = what.series;
  std::ranges::sort(series);
  series.erase(std::unique(series.begin(), series.end()), series.end());
  if (series.size() > page_series_max || what.limit == 0 || what.limit > page_samples_max)
    return refuse(errc::invalid);
  rocksdb::ManagedSnapshot moment{db.operator->()};
  std::vector<series_merge> merges;
  for (auto one : series) {
    merges.emplace_back(db, moment.snapshot(), one, what);
    add_head(merges.back(), heads, one);
    if (auto why = merges.back().prepare()) return why;
  }
  range_page page;
  auto skipped = what.skip;
  for (auto* next = earliest_of(merges); next != nullptr; next = earliest_of(merges)) {
    if (skipped > 0 && next->front()->time == what.from) {
      --skipped;
    } else if (page.items.size() == what.limit) {
      page.more = true;
      break;
    } else {
      page.items.push_back(*next->front());
    }
    next->pop();
    if (auto why = next->prepare()) return why;
  }
  return page;
}

}  // namespace stellwerk
