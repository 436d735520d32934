#pragma once

#include <rocksdb/write_batch.h>

#include <caf/expected.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "actors/model/time.hpp"
#include "persistence/store.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

struct once_limits {
  std::uint32_t per_principal = 10'000;
  std::uint32_t in_all = 1'000'000;
};
inline constexpr std::chrono::hours once_kept{24};

/// When and by which commit a key was used, and what its repeats are answered from.
struct once_row {
  std::string stamp;  // time, revision: unique
  std::string body_hash;
  std::string answer_id;
};

/// The idempotency keys of the last 24 h by wall time. Sees what is put before it is written.
class once_table {
 public:
  /// Counts the stored keys. Throws storage_error.
  once_table(database_ptr db, once_limits limits);

  /// The live row of this key, if there is one.
  caf::expected<std::optional<once_row>> find(const once_key& key, wall_time now) const;
  /// Whether the principal may not use another key now.
  bool full(const std::string& principal) const;
  void put(rocksdb::WriteBatch& batch, const once_key& key, wall_time now, std::uint64_t revision);
  /// Forgets up to 64 expired keys: more than one commit adds.
  caf::error prune(rocksdb::WriteBatch& batch, wall_time now);
  /// The batch that holds everything put so far is on disk.
  void written();

 private:
  caf::expected<std::optional<once_row>> row_of(const std::string& stored_key) const;
  void forget(std::string_view stored_key);

  database_ptr db_;
  once_limits limits_;
  std::uint32_t count_ = 0;
  std::map<std::string, std::uint32_t, std::less<>> by_principal_;
  std::unordered_map<std::string, once_row> unwritten_;
  std::optional<std::string> oldest_;  // stamp from which on nothing is pruned yet
  bool rewind_ = false;                // the clock went back: older stamps follow newer ones
};

}  // namespace stellwerk
