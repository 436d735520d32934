#pragma once

#include <filesystem>
#include <vector>

#include "actors/model/journal_queries.hpp"
#include "persistence/journal_anchors.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

/// Walks the journal's hash chain from where it was cut, or its first entry, to the newest of the
/// moment it was made, in steps, so that a reader can do other things between them. Finds a
/// changed, missing, moved or surplus entry, a damaged block, an anchor that is not of this chain
/// or not signed, and an end before the newest anchor.
class journal_check {
 public:
  /// `kept`: anchors that somebody kept elsewhere, compared by their hashes. `trusted`: public keys
  /// that may have signed anchors; if none is given, those in the database, which prove nothing
  /// against one who can write to it.
  explicit journal_check(
      database_ptr db, std::vector<journal_anchor> kept = {}, std::vector<std::string> trusted = {}
  );

  /// Looks at up to `entries_max` more; false when there is nothing more to look at.
  bool step(std::size_t entries_max);
  /// Final after `step` said false; without `checked_at`.
  const journal_verdict& verdict() const { return verdict_; }

 private:
  using anchors = std::vector<journal_anchor>;  // ascending

  bool fails(const char* why);
  bool fails_at(std::uint64_t seq, const char* why);
  bool skip_what_was_cut();
  bool read_anchors(std::size_t entries_max);
  /// Those of the entry `seq_` and of none before it.
  bool check_anchors();

  database_ptr db_;
  store_head end_;
  bool surplus_ = false;           // entries beyond the end
  std::uint64_t anchored_ = 0;     // number of the newest entry that is
  std::vector<journal_key> keys_;  // as are the next, for the step under way
  anchors anchors_;
  std::size_t next_anchor_ = 0;  // of these
  std::size_t next_kept_ = 0;
  hash_chain chain_;
  std::uint64_t seq_ = 0;  // of the last entry found whole
  chain_hash hash_{};      // of that entry
  anchors kept_;
  std::vector<std::string> trusted_;
  journal_verdict verdict_;
};

/// The whole journal under `data_dir`, whether a node runs there or not. Throws storage_error.
journal_verdict verify_journal(
    const std::filesystem::path& data_dir, wall_time now, std::vector<journal_anchor> kept = {},
    std::vector<std::string> trusted = {}
);

}  // namespace stellwerk
