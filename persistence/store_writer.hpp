#pragma once

#include <rocksdb/write_batch.h>

#include <caf/expected.hpp>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "persistence/journal_anchors.hpp"
#include "persistence/once_table.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

inline constexpr std::size_t key_bytes_max = 512;
inline constexpr std::size_t value_bytes_max = 1'048'576;
inline constexpr std::size_t changes_max = 10'000;          // and as many expectations and events
inline constexpr std::size_t commit_bytes_max = 16 << 20;   // keys, values and events together
inline constexpr std::size_t event_text_bytes_max = 1'024;  // each text of an event but its data
inline constexpr std::size_t event_data_bytes_max = 65'536;

/// Collects commits into one batch, each checked against the documents as the ones before it will
/// leave them, and writes them together. Blocks; one thread.
class store_writer {
 public:
  /// Throws storage_error. Without a key there are no anchors.
  store_writer(database_ptr db, std::string site, once_limits once, signing_key_ptr key = {});

  /// What `what` will be answered with once `write` succeeded; refused ones leave nothing behind.
  /// Without room on the disk only what was done before is answered.
  caf::expected<committed> add(const commit& what, wall_time now, bool has_room = true);
  /// One synced write of everything added; answers with its journal entries as stored. After an
  /// error nothing that was added may be told as done, and the writer is not to be used again.
  caf::expected<std::vector<std::string>> write();

  /// Deletes the journal up to `end`, and `rows` of its index, with the next `write`; `told` is an
  /// entry of it. REQUIRES: `end` is below the newest entry written.
  void drop(
      const journal_cut& end, const std::vector<std::string>& rows, const event& told, wall_time now
  );
  /// Anchors the newest entry with the next `write`, if it is not; each whole segment is by itself.
  void anchor(wall_time now);
  /// The anchors written since the last call.
  std::vector<journal_anchor> take_anchors() { return std::exchange(written_anchors_, {}); }
  /// Nothing was added since the last `write`.
  bool idle() const { return head_.revision == written_revision_ && !anchors_changed_; }

  /// Of everything added, written or not.
  const store_head& head() const { return head_; }
  /// Of the last successful `write`.
  std::uint64_t durable_revision() const { return written_revision_; }
  std::size_t bytes() const { return batch_.GetDataSize(); }

 private:
  caf::expected<std::uint64_t> revision_of(const std::string& key) const;
  caf::error check(const commit& what) const;
  void put_change(const change& one);
  void put_event(const event& one, wall_time now);
  void put_anchor(wall_time now);
  void put_key(wall_time now);

  database_ptr db_;
  std::string site_;
  once_table once_;
  hash_chain chain_;
  store_head head_;
  std::uint64_t written_revision_ = 0;
  wall_time newest_time_{};  // of the newest entry
  rocksdb::WriteBatch batch_;
  std::unordered_map<std::string, std::uint64_t> unwritten_;  // key → revision, 0: erased
  std::vector<std::string> entries_;                          // of the journal, as stored
  signing_key_ptr key_;
  bool key_is_known_ = false;     // to the store
  std::uint64_t anchored_ = 0;    // number of the newest entry that is
  bool anchors_changed_ = false;  // in `batch_`
  std::vector<journal_anchor> anchors_;
  std::vector<journal_anchor> written_anchors_;
};

}  // namespace stellwerk
