#pragma once

#include <caf/expected.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "persistence/chunk_compaction.hpp"
#include "persistence/sample_database.hpp"
#include "persistence/sample_heads.hpp"
#include "persistence/sample_sources.hpp"

namespace rocksdb {
class WriteBatch;
}

namespace stellwerk {

class sample_retention;

struct sample_limits {
  std::size_t head_bytes = 96 << 20;
  std::size_t log_bytes = 128 << 20;
  sample_sources::limits sources;
  disk_options disk = {};
  compaction_limits compaction = {};
};

/// Collects samples into groups and writes each as one synced record of the log; closes heads into
/// chunks and cuts the log behind them. Blocks; one thread. After an error nothing more is to be
/// written with it, what it holds may still be read.
class sample_writer {
 public:
  /// Replays the log. Throws storage_error.
  sample_writer(database_ptr db, const sample_limits& max);
  ~sample_writer();

  struct taken {
    post_answer answer;
    bool repeated = false;      // its stamp was seen: nothing is stored
    std::uint64_t skipped = 0;  // numbers that its stamp left out
  };
  /// What `what` will be answered with once `write` succeeded. Takes its items out of it. Refused,
  /// and nothing is left behind: `invalid` if a value is none that can be stored, `over_limit` if
  /// there are too many sources, `storage_full` without room on the disk: then only what was stored
  /// before is answered.
  caf::expected<taken> add(append_samples& what, wall_time now, bool has_room = true);
  /// The same for samples that nobody waits for; answers with how many of them can be stored.
  std::size_t add(samples items);

  /// One synced write of everything added; answers with the samples in it.
  caf::expected<samples> write(wall_time now);
  /// Makes chunks of full heads, and of others beyond the limits. True if there is more to do: call
  /// it again when there is time. Near a limit it does a little each time, beyond it what it takes.
  caf::expected<bool> close_heads();
  /// A bounded part of the work on chunks; see `chunk_compaction`. True if there is more to do.
  caf::expected<bool> compact();

  const sample_heads& heads() const { return heads_; }
  /// Late samples of times whose chunks `kept` deleted are added to what roll-ups know.
  void go_by(std::shared_ptr<const sample_retention> kept) { kept_ = std::move(kept); }
  /// Makes them the latest values without storing them.
  void show(const samples& items);
  std::size_t waiting() const { return items_.size(); }
  std::uint64_t chunks_written() const { return chunks_; }
  std::uint64_t chunks_replaced() const { return compaction_.chunks_replaced(); }
  /// Minutes of roll-ups that were made anew for late samples.
  std::uint64_t minutes_rebuilt() const { return minutes_rebuilt_; }
  /// Of these, minutes that could not be: a chunk there is damaged.
  std::uint64_t minutes_inexact() const { return minutes_inexact_; }
  /// Vouches for all that is written; from time to time.
  void write_mark() { mark_.write(record_); }
  bool has_room(disk_room::moment now) { return room_.level(now) == disk_level::ample; }
  /// All files of the database, about.
  std::size_t disk_bytes() const;

 private:
  void load_series();
  void load_sources();
  void replay_log();
  void check_mark() const;
  caf::expected<taken> take_stamped(append_samples& what, wall_time now, bool has_room);
  caf::expected<source_answer> last_answer(const std::string& source) const;
  caf::expected<post_answer> repeated(const append_samples& what, const source_window& seen) const;
  /// Heads to be closed now: with `share` 1 those beyond the limits, with less those near them.
  std::vector<std::uint32_t> due(double share) const;
  caf::error close(const std::vector<std::uint32_t>& series);
  caf::error close(std::uint32_t series, rocksdb::WriteBatch& batch, series_record& closed);
  void grow_log(std::uint64_t record, std::size_t bytes);
  caf::error cut_log();
  void measure_cut();

  database_ptr db_;
  watermark mark_;
  sample_limits max_;
  disk_room room_;
  sample_heads heads_;
  sample_sources sources_;
  chunk_compaction compaction_;
  std::uint64_t record_ = 0;  // newest in the log
  std::uint64_t cut_ = 0;     // log records below are gone
  std::uint64_t chunks_ = 0;
  std::shared_ptr<const sample_retention> kept_;  // null: nothing was deleted
  std::uint64_t minutes_rebuilt_ = 0;
  std::uint64_t minutes_inexact_ = 0;
  // The log's size, counted since opening: marks every hundredth of its limit.
  std::size_t log_begin_ = 0;
  std::size_t log_end_ = 0;
  std::deque<std::pair<std::uint64_t, std::size_t>> marks_;  // (record, `log_end_` before it)
  // The group that is not written so far.
  samples items_;
  std::map<std::string, source_record> answers_;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
};

}  // namespace stellwerk
