#pragma once

#include <caf/expected.hpp>
#include <optional>
#include <string>

#include "persistence/backup_folder.hpp"
#include "persistence/live_files.hpp"

namespace stellwerk {

/// Brings one file into the folder of backups, unless one with this content is there, and reads
/// back what lies there then; a damaged one is replaced. Step by step, a MiB each.
class backup_item {
 public:
  /// `reserve`: bytes that stay free on the disk. Both references outlive this.
  backup_item(const backup_folder& folder, const backup_source& source, std::uint64_t reserve);

  /// True: there is more to do.
  caf::expected<bool> step();
  const std::string& sha256() const { return sha256_; }
  bool written() const { return written_; }

 private:
  enum class phase { hash, write, read_back };

  file_reader from_source() const;
  caf::expected<bool> look_for_it();
  bool put(std::string_view piece);
  caf::expected<bool> begin_to_write();
  caf::expected<bool> end_of_piece();
  caf::error cannot_write() const;

  const backup_folder& folder_;
  const backup_source& source_;
  std::uint64_t reserve_;
  phase now_ = phase::hash;
  std::optional<file_reader> in_;
  std::optional<file_writer> out_;
  std::optional<sealed_stream> stream_;
  std::uint64_t number_ = 0;  // of the next chunk of it
  std::string sha256_;
  bool written_ = false;
};

}  // namespace stellwerk
