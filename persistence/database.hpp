#pragma once

#include <caf/error.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "persistence/disk_room.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace stellwerk {

class rocksdb_log;
enum class at_gap : std::uint8_t;

/// A database that cannot be opened: what is wrong, and what to do about it. Only at start.
class storage_error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct database_layout {
  std::string_view name;                   // of its folder below the data folder
  std::uint32_t format = 1;                // kept inside; a later version is refused
  std::vector<std::string_view> families;  // beside `default` (0) and `meta` (1), from 2 on
  std::uint32_t oldest = format;    // versions from here on are left to be migrated, and observed
                                    // without the families that came later
  std::string_view scattered = {};  // the family whose small rows come in no order
};

/// The writer owns the folder; an observer reads it as it was at opening, beside a writer or alone.
enum class database_use : std::uint8_t { write, observe };

/// An open RocksDB with small buffers. What was written to its log since the last sync may be there
/// in part after a crash, and is dropped from the first hole on; a log that is damaged before that
/// does not open.
class database {
 public:
  /// Throws storage_error. A writer makes the folder (0700) if it is not there. `env`: the disk
  /// that a test puts under it; must outlive the database.
  database(
      const std::filesystem::path& data_dir, const database_layout& layout, database_use use,
      rocksdb::Env* env = nullptr
  );
  ~database();
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  rocksdb::DB* operator->() const { return db_.get(); }
  rocksdb::ColumnFamilyHandle* family(std::size_t index) const { return families_[index].get(); }
  const std::filesystem::path& folder() const { return folder_; }
  /// For its writer: whether there is room for what it is to write.
  disk_room room(const disk_options& options) const { return {env_, folder_, options}; }

  /// What is in the batch is durable once this is ok. One caller at a time.
  rocksdb::Status write_synced(rocksdb::WriteBatch& batch) const;

  /// It was written by a version before this one's: whoever opened it migrates it, and says so when
  /// that is done. Only for a writer.
  bool is_older() const { return older_; }
  void mark_format() const;

 private:
  void open_writer(const database_layout& layout, rocksdb::Env* env);
  rocksdb::Status open_with(
      const database_layout& layout, rocksdb::Env* env, const std::shared_ptr<rocksdb_log>& lines,
      at_gap what
  );
  void open_observer(const database_layout& layout, rocksdb::Env* env);
  void check_format(const database_layout& layout, database_use use);

  /// An observer's own files; gone with it.
  struct scratch_folder {
    ~scratch_folder();
    std::filesystem::path path;
  };
  using families = std::vector<std::unique_ptr<rocksdb::ColumnFamilyHandle>>;

  std::filesystem::path folder_;
  rocksdb::Env* env_;  // null: the machine's
  scratch_folder scratch_;
  std::unique_ptr<rocksdb::DB> db_;
  families families_;  // must go before it
  std::string format_;
  bool older_ = false;
  mutable std::uint64_t synced_ = 0;  // changes up to this one are durable
};
using database_ptr = std::shared_ptr<const database>;

/// `storage_full` if the disk is full; else no code of ours (clients see `internal`), with
/// RocksDB's words for the log.
caf::error failure(const rocksdb::Status& status);

}  // namespace stellwerk
