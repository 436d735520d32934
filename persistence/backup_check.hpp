#pragma once

#include <caf/expected.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

#include "persistence/backup_folder.hpp"
#include "persistence/journal_check.hpp"

namespace stellwerk {

/// Reads a backup back as a restore would: every file against its digest and its tables against
/// their own checksums, then both databases are opened and the journal's chain is walked. Step by
/// step, a MiB, a table or 5,000 entries each. Writes nothing into the folder.
class backup_check {
 public:
  enum class extent : std::uint8_t { all, databases };  // databases: its files were just read

  /// `folder`: as this backup sees it.
  backup_check(backup_folder folder, backup_manifest content, extent what);
  ~backup_check();
  backup_check(const backup_check&) = delete;
  backup_check& operator=(const backup_check&) = delete;

  /// True: there is more to do.
  caf::expected<bool> step();
  /// Of the store in it, once `step` said false.
  const store_head& head() const { return head_; }

 private:
  caf::expected<bool> read_on();
  caf::expected<bool> check_table();
  caf::expected<bool> open_databases();
  caf::expected<bool> walk_journal();
  const backup_file& file() const { return content_.files[at_]; }

  const backup_folder folder_;
  const backup_manifest content_;
  std::size_t at_ = 0;
  std::optional<file_reader> in_;
  extent extent_;
  std::filesystem::path scratch_;      // a data folder of links; gone with this
  std::unique_ptr<rocksdb::Env> env_;  // reads what they lead to; null: they are plain files
  std::optional<journal_check> journal_;
  store_head head_;
};

}  // namespace stellwerk
