#pragma once

#include <rocksdb/wal_filter.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace rocksdb {
class Env;
}

namespace stellwerk {

enum class at_gap : std::uint8_t {
  refuse,     // the opening fails: `Corruption`
  look_past,  // nothing is replayed, before it or behind it
  stop        // what is behind it is dropped
};

/// Replays RocksDB's logs as far as they follow each other without a gap, and no further. RocksDB
/// itself leaves out what is missing at the end of any log, at the beginning of one, and a block of
/// zeros, and goes on with what comes behind it: what it makes then never was.
class log_order final : public rocksdb::WalFilter {
 public:
  /// For one opening of the database in `folder`.
  log_order(std::filesystem::path folder, at_gap what) : folder_(std::move(folder)), what_(what) {}

  const char* Name() const override { return "stellwerk.log_order"; }
  void ColumnFamilyLogNumberMap(
      const std::map<std::uint32_t, std::uint64_t>& log_numbers,
      const std::map<std::string, std::uint32_t>& names
  ) override;
  WalProcessingOption LogRecordFound(
      unsigned long long log, const std::string& path, const rocksdb::WriteBatch& batch,
      rocksdb::WriteBatch* new_batch, bool* changed
  ) override;

  /// The log, and what is missing in it or before it; empty if nothing is.
  const std::string& gap() const { return gap_; }
  /// Number of the first change that was not replayed; 0 if none was.
  std::uint64_t end() const { return next_.value_or(0); }
  /// Of the oldest log that is needed.
  std::uint64_t first_log() const { return first_log_; }

 private:
  std::string gap_before(std::uint64_t log, std::string_view record, std::uint32_t count) const;

  std::filesystem::path folder_;
  at_gap what_;
  std::uint64_t first_log_ = 0;
  std::uint64_t log_ = 0;  // of the record before
  std::optional<std::uint64_t> next_;
  std::string gap_;
};

/// What a batch that is written with a sync says in the log: all changes up to this number were
/// synced before it. Its bytes are found among any others, and are no UTF-8.
void promise_synced(rocksdb::WriteBatch& batch, std::uint64_t sequence);

struct log_survey {
  std::string gap;     // the log, and what is missing or damaged in it; empty if nothing is
  bool lost = false;   // some of it was synced once; else a start drops it
  bool opened = true;  // else `gap` says why it cannot be
};
/// Whether another process has the database open: its logs move while they are read.
bool is_open_elsewhere(const std::filesystem::path& folder);
/// Reads the logs of a database that nobody has open, and changes nothing. `env` as for a database.
log_survey survey_logs(const std::filesystem::path& folder, rocksdb::Env* env = nullptr);

}  // namespace stellwerk
