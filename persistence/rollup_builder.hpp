#pragma once

#include <caf/expected.hpp>
#include <map>
#include <span>

#include "persistence/rollup.hpp"
#include "persistence/sample_database.hpp"

namespace rocksdb {
class WriteBatch;
}

namespace stellwerk {

/// The rows of one series that its new chunks change. Nothing is changed before `put`, which goes
/// into the write of those chunks.
class rollup_builder {
 public:
  /// `stored_until`: the newest sample in a chunk so far.
  rollup_builder(const database& db, std::uint32_t series, wall_time stored_until);

  /// Late samples, ascending within each run, that may replace others: their minutes are made anew
  /// from the chunks. Answers with how many of them could not, for a chunk is damaged, or gone as
  /// all before `kept_from`: there the samples are added to what is known, if anything is.
  /// REQUIRES: before `append`.
  caf::expected<std::size_t> rebuild(
      const std::vector<samples>& late, wall_time kept_from = wall_time::min()
  );
  /// REQUIRES: ascending, all after whatever is stored and was appended.
  caf::error append(std::span<const sample> run);
  /// Makes hours of their minutes, days of their hours, and writes all that changed.
  caf::error put(rocksdb::WriteBatch& batch);

  /// Minutes that were made anew.
  std::size_t rebuilt() const { return rebuilt_; }

 private:
  using rows = std::map<wall_time, rollup_row>;

  caf::expected<rollup_row*> row(const rollup_span& span, wall_time begin);
  caf::expected<rollup*> bucket(rollup_level level, wall_time begin);
  rollup_row remade(const rollup_span& span, wall_time begin);
  caf::error total(rollup_level of, rollup_level into);

  const database& db_;
  std::uint32_t series_;
  wall_time stored_until_;
  std::array<rows, rollup_spans.size()> rows_;
  std::size_t rebuilt_ = 0;
};

/// Makes all roll-ups anew from the chunks, for a folder of a version that had none. Throws
/// storage_error.
void build_rollups(const database& db);

}  // namespace stellwerk
