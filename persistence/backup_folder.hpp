#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/backup_manifest.hpp"
#include "persistence/file_bytes.hpp"

namespace stellwerk {

/// Where backups lie: one manifest each, and the files that they share, named by their content. A
/// backup is there from the moment its manifest is. Blocks; knows nothing of what the files hold.
class backup_folder {
 public:
  /// With a key what is put in is encrypted, and what was encrypted with that key can be read.
  explicit backup_folder(std::filesystem::path path, backup_key_ptr key = {})
      : path_(std::move(path)), key_(std::move(key)) {}
  /// As this backup sees it: one without a key lies in plain files.
  backup_folder of(const sealed_manifest& backup) const;

  const std::filesystem::path& path() const { return path_; }
  const backup_key_ptr& key() const { return key_; }
  /// Where a file with this content lies, if it is there.
  std::filesystem::path file(const std::string& sha256) const;
  /// How it is encrypted.
  file_seal seal(const std::string& sha256) const;
  /// Whether it is there, as long as it has to be.
  bool has_file(const std::string& sha256, std::uint64_t size) const;
  /// Where a file grows until its content is known; only under the lock.
  std::filesystem::path incoming() const;

  /// Of all backups, oldest first, damaged ones too.
  std::vector<std::string> ids() const;
  bool has(const std::string& id) const;
  /// Locked ones too.
  caf::expected<sealed_manifest> read(const std::string& id) const;
  /// `conflict` for a locked one, with the key that it wants.
  caf::expected<sealed_manifest> unlock(const std::string& id) const;

  /// Makes the folder and holds it against other writers until the answer is gone.
  caf::expected<open_file> lock() const;
  // --- only under the lock
  caf::expected<std::string> put(const backup_manifest& content) const;  // its digest
  caf::error remove(const std::string& id) const;
  /// Removes files that no manifest names, locked ones asked, too. As long as one of them is
  /// damaged, none are: it may name them.
  void remove_strays() const;

 private:
  std::filesystem::path manifest(const std::string& id) const;

  std::filesystem::path path_;
  backup_key_ptr key_;
};

}  // namespace stellwerk
