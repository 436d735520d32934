#pragma once

#include <caf/expected.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "actors/model/codec.hpp"
#include "persistence/store_writer.hpp"

namespace stellwerk {

/// `[journal]`
struct journal_options {
  bounded<std::uint32_t, 30, 36'500> retention_days = 730;
  std::uint64_t quota_bytes = 0;  // older than 30 days goes beyond that; 0: a tenth of the disk
};
BOOST_DESCRIBE_STRUCT(journal_options, (), (retention_days, quota_bytes))

/// Decides which of the oldest segments go: those whose entries are all older than the retention,
/// or than 30 days while the journal is over its quota. It looks once an hour and runs once a day,
/// and takes a tenth of the entries in a run at most. It is held from when the wall clock moved by
/// more than 24 h between two looks, be it that the node was off, until the clock is back or a file
/// `journal.clock-confirmed` in the data folder confirms it. What is not whole is never deleted.
class journal_retention {
 public:
  journal_retention(database_ptr db, const journal_options& options);

  /// Once an hour: true if a run begins.
  caf::expected<bool> look(wall_time now);
  /// In a run: adds the deletion of some segments and its journal entry to the writer's batch, and
  /// tells how many entries go; 0 ends the run.
  caf::expected<std::uint64_t> step(store_writer& writer, wall_time now);

  bool held() const { return held_; }
  /// The segment after the last deleted one is damaged: nothing more is deleted.
  bool broken() const { return broken_; }

 private:
  struct looks {
    wall_time last{};  // look that was not held
    wall_time run{};   // beginning of the last run
  };
  std::optional<looks> read_looks() const;
  caf::error keep(const looks& now) const;
  bool confirmed() const;
  std::uint64_t over_quota(std::uint64_t first, std::uint64_t entries) const;

  database_ptr db_;
  journal_options options_;
  bool held_ = false;
  bool broken_ = false;
  std::uint64_t run_end_ = 0;    // no entry beyond goes in this run
  std::uint64_t quota_end_ = 0;  // up to here they go if they are older than 30 days
};

}  // namespace stellwerk
