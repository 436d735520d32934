#pragma once

#include <caf/expected.hpp>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "persistence/retention_classes.hpp"
#include "persistence/retention_records.hpp"
#include "persistence/sample_database.hpp"
#include "persistence/sample_records.hpp"

namespace rocksdb {
class Snapshot;
class WriteBatch;
}  // namespace rocksdb

namespace stellwerk {

/// Deletes chunks, and rows of roll-ups, that are over: as a run in steps, so that whoever shares
/// the thread is not kept waiting. For the thread of the history's writer.
class sample_retention {
 public:
  /// Throws storage_error. Where `words` knows nothing, what it said last counts.
  explicit sample_retention(database_ptr db, class_words words = {});

  /// Of times before this samples of that series were deleted: none may be added. It never goes
  /// back.
  wall_time kept_from(std::uint32_t series) const;
  const dropped_history& dropped() const { return state_.dropped; }
  /// When a run began last, by any process.
  std::optional<wall_time> last_run() const { return state_.last_run; }

  /// Begins a run: deletes chunks all of whose samples are older than `raw` of the series' class,
  /// and rows that are over and older than its `rollups`, by the newest sample of all or `now`,
  /// whichever is earlier. A row never goes before its samples. Of more than a tenth of the chunks,
  /// but at least `few_chunks`, the rest is left for the next run.
  void begin(wall_time now, const retention_classes& classes);
  /// Begins a run that deletes the first twentieth of the time that chunks cover, 30 days at most
  /// and one chunk at least.
  void begin_with_oldest(wall_time now);
  /// At most 64 series or some 1,000 chunks. True while there is more to do.
  caf::expected<bool> step();
  /// Ends a `give_back_space` on another thread; for good.
  void stop_giving_back();
  /// `dropped` is in the journal.
  caf::error journaled();

  static constexpr std::uint64_t few_chunks = 1'000;

 private:
  enum class phase : std::uint8_t { idle, looking, dropping };

  caf::error load_kept();
  void begin_looking(wall_time now);
  void begin_dropping();
  std::optional<std::uint32_t> next_series();
  caf::expected<bool> look(std::uint32_t series);
  caf::expected<bool> drop(std::uint32_t series, rocksdb::WriteBatch& batch);
  caf::expected<bool> drop_lane(
      std::uint32_t series, lane which, wall_time goal, rocksdb::WriteBatch& batch
  );
  void drop_rows(std::uint32_t series, std::chrono::days after, rocksdb::WriteBatch& batch);
  caf::error write(rocksdb::WriteBatch& batch) const;

  database_ptr db_;
  class_words words_;
  phase phase_ = phase::idle;
  std::uint64_t cursor_ = 0;  // the next series
  wall_time now_{};
  bool by_quota_ = false;
  retention_classes classes_;
  wall_time oldest_ = wall_time::max();     // where the first chunk begins
  wall_time first_end_ = wall_time::max();  // where the first of the oldest chunks ends
  wall_time newest_ = wall_time::min();     // where the last chunk begins
  wall_time goal_ = wall_time::min();       // of a run for the quota: chunks that end before
  std::uint64_t chunks_left_ = 0;           // of the run
  std::uint64_t chunks_a_step_ = 0;
  retention_state state_;
  std::unordered_map<std::uint32_t, kept_record> kept_;
};

/// `kept_from` as of `moment`; null for now. The beginning of time before anything was deleted.
caf::expected<wall_time> kept_from_of(
    const database& db, const rocksdb::Snapshot* moment, std::uint32_t series
);

/// Rewrites what holds deleted chunks and rows, beside a writer. Blocks as long as that takes.
caf::error give_back_space(const database& db);

}  // namespace stellwerk
