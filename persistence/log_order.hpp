#pragma once

#include <rocksdb/wal_filter.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace stellwerk {

/// Replays RocksDB's logs as far as they follow each other without a gap, and no further. RocksDB
/// itself leaves out what is missing at the end of any log, at the beginning of one, and a block of
/// zeros, and goes on with what comes behind it: what it makes then never was.
class log_order final : public rocksdb::WalFilter {
 public:
  /// For one opening of the database in `folder`.
  explicit log_order(std::filesystem::path folder) : folder_(std::move(folder)) {}

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
  /// Number of the first change that was not replayed, if there is a gap.
  std::uint64_t end() const { return next_.value_or(0); }

 private:
  std::string gap_before(std::uint64_t log, std::string_view record, std::uint32_t count) const;

  std::filesystem::path folder_;
  std::uint64_t log_ = 0;  // of the record before
  std::optional<std::uint64_t> next_;
  std::string gap_;
};

}  // namespace stellwerk
