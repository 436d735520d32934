#pragma once

#include <caf/expected.hpp>
#include <cstdint>
#include <deque>
#include <set>

#include "persistence/chunk.hpp"
#include "persistence/sample_database.hpp"

namespace stellwerk {

struct compaction_limits {
  std::size_t samples = chunk::samples_max;  // of a chunk that is made; from half of it on it is
                                             // left alone
  std::size_t chunks = 256;                  // that are made one at a time
  std::size_t late_chunks = 16;              // of a series, before the first are put in their place
  std::uint32_t closings = 8;                // of a series, on average, between two looks at it
};

/// Makes few large chunks of many small ones: neighbours of the ordered lane are joined, late ones
/// go where they belong. What a reader sees stays the same, and so do roll-ups. Each step is one
/// write, not synced: after a crash either the old chunks are there or the new ones.
///
/// For the writer of the database. It keeps nothing that a start would have to find again: a
/// series is looked at after some of its heads were closed, whatever was done before.
class chunk_compaction {
 public:
  explicit chunk_compaction(database_ptr db, const compaction_limits& max = {})
      : db_(std::move(db)), max_(max) {}

  /// A head was closed at log record `written`.
  void note_closing(std::uint32_t series, std::uint64_t written);

  bool any_due() const { return !due_.empty(); }
  /// Looks at one series and does a part of its work, if there is any: 24,576 samples at most.
  /// Chunks that are damaged stay where they are.
  caf::error step();
  /// Chunks that are no more.
  std::uint64_t chunks_replaced() const { return replaced_; }

 private:
  caf::expected<bool> join_neighbours(std::uint32_t series);
  caf::expected<bool> place_late(std::uint32_t series);

  database_ptr db_;
  compaction_limits max_;
  std::deque<std::uint32_t> due_;
  std::set<std::uint32_t> is_due_;
  std::uint64_t replaced_ = 0;
};

}  // namespace stellwerk
