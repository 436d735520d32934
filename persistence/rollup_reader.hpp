#pragma once

#include <array>
#include <caf/expected.hpp>
#include <memory>

#include "persistence/rollup.hpp"
#include "persistence/sample_database.hpp"

namespace rocksdb {
class Iterator;
class Snapshot;
}  // namespace rocksdb

namespace stellwerk {

/// The roll-ups of one series, at each level from the first on.
class rollup_reader {
 public:
  rollup_reader(const database& db, const rocksdb::Snapshot* moment, std::uint32_t series);
  ~rollup_reader();

  /// The bucket that begins at `begin`, which may be empty; null if its row is not there. Valid
  /// until the next call. REQUIRES: no later bucket of this level was asked for.
  caf::expected<const rollup*> find(rollup_level level, wall_time begin);
  /// Where the first row behind a missing one begins; the end of time if there is none.
  wall_time next_row(rollup_level level) const;

 private:
  struct place {
    std::unique_ptr<rocksdb::Iterator> at;
    wall_time begin = wall_time::min();  // of `row`, if that is not empty
    wall_time next = wall_time::min();   // there is no row from `begin` to here
    rollup_row row;
  };
  caf::error seek(place& to, const rollup_span& span, wall_time begin);

  const database& db_;
  const rocksdb::Snapshot* moment_;
  std::uint32_t series_;
  std::array<place, rollup_spans.size()> places_;
};

}  // namespace stellwerk
