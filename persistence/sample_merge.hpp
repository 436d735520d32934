#pragma once

#include <array>
#include <caf/error.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "persistence/sample_database.hpp"
#include "persistence/sample_records.hpp"

namespace rocksdb {
class Iterator;
class Snapshot;
}  // namespace rocksdb

namespace stellwerk {

/// Of a head: above all chunks.
inline constexpr std::uint64_t written_last = std::numeric_limits<std::uint64_t>::max();

/// The chunks of one lane of a series, from the first that can hold samples at `from` on.
class lane_cursor {
 public:
  /// `moment`: null for now.
  lane_cursor(
      const database& db, const rocksdb::Snapshot* moment, std::uint32_t series, lane which,
      wall_time from
  );
  ~lane_cursor();
  lane_cursor(lane_cursor&&) noexcept;
  lane_cursor& operator=(lane_cursor&&) noexcept;

  /// Null at the end.
  const chunk_key* key() const { return key_ ? &*key_ : nullptr; }
  std::string_view stored() const;
  std::string_view chunk() const;
  void next();
  /// Leaves out what cannot hold samples at `from`; never goes back.
  void skip_to(wall_time from);
  caf::error status() const;

 private:
  void seek(wall_time from);
  bool load();

  std::uint32_t series_;
  lane lane_;
  std::unique_ptr<rocksdb::Iterator> at_;
  std::optional<chunk_key> key_;
};

/// The samples of one series with from ≤ time < to, ascending; of those of one moment the one that
/// was written last.
class series_merge {
 public:
  series_merge(
      const database& db, const rocksdb::Snapshot* moment, std::uint32_t series, wall_time from,
      wall_time to
  );

  /// More samples than those in chunks. REQUIRES: ascending, no two of one moment.
  void add_run(samples items, std::uint64_t written);

  /// Opens every chunk that may hold the next sample, if that is before `until`. `too_large` if
  /// over 1,024 chunks overlap.
  caf::error prepare(wall_time until = wall_time::max());
  /// The next sample; null at the end. REQUIRES: prepared; not `until` or later.
  const sample* front() const;
  void pop();

  /// Leaves out what is before `from`, without reading it; never goes back.
  void skip_to(wall_time from);
  /// Calls `f(sample)` for each before `until`.
  template <class F>
  caf::error take_until(wall_time until, F f) {
    for (;;) {
      if (auto why = prepare(until)) return why;
      auto* next = front();
      if (next == nullptr || next->time >= until) return {};
      if (auto alone = alone_until(until); alone > next->time) {
        auto& items = runs_.front().items;
        auto& at = runs_.front().at;
        for (; at < items.size() && items[at].time < alone; ++at) f(items[at]);
      } else {
        f(*next);
        pop();
      }
    }
  }
  /// Chunks that were read so far.
  std::size_t opened() const { return opened_; }

 private:
  /// Ascending samples of one chunk or head, no two of one moment.
  struct run {
    samples items;
    std::size_t at = 0;
    std::uint64_t written = 0;

    bool done() const { return at == items.size(); }
    const sample& front() const { return items[at]; }
  };
  wall_time next_time() const;
  caf::error open(lane_cursor& lane);
  /// Until when, `until` at most, the first run is the only one.
  wall_time alone_until(wall_time until) const;

  wall_time from_;
  wall_time to_;
  std::array<lane_cursor, 2> lanes_;
  std::vector<run> runs_;
  std::size_t opened_ = 0;
};

}  // namespace stellwerk
