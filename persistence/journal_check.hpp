#pragma once

#include <filesystem>

#include "actors/model/journal_queries.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

/// Walks the journal's hash chain from where it was cut, or its first entry, to the newest of the
/// moment it was made, in steps, so that a reader can do other things between them. Finds a
/// changed, missing, moved or surplus entry, and a damaged block.
class journal_check {
 public:
  explicit journal_check(database_ptr db);

  /// Looks at up to `entries_max` more; false when there is nothing more to look at.
  bool step(std::size_t entries_max);
  /// Final after `step` said false; without `checked_at`.
  const journal_verdict& verdict() const { return verdict_; }

 private:
  bool fails();

  database_ptr db_;
  store_head end_;
  bool surplus_ = false;  // entries beyond the end
  hash_chain chain_;
  std::uint64_t seq_ = 0;  // of the last entry found whole
  chain_hash hash_{};      // of that entry
  journal_verdict verdict_;
};

/// The whole journal under `data_dir`, whether a node runs there or not. Throws storage_error.
journal_verdict verify_journal(const std::filesystem::path& data_dir, wall_time now);

}  // namespace stellwerk
