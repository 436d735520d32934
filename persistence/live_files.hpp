#pragma once

#include <caf/expected.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "persistence/database.hpp"

namespace stellwerk {

/// A file as a backup takes it: its first `size` bytes, or the text that stands for it.
struct backup_source {
  std::string path;            // in the backup: `store/000012.sst`
  std::filesystem::path from;  // empty: `content`
  std::uint64_t size = 0;
  std::string content;
};

/// What makes up an open database at one moment: everything that was durable before is in it, and
/// nothing of it goes away or changes while this lives, whatever is written meanwhile. Flushes
/// nothing: a full disk is not the database's trouble then.
class live_files {
 public:
  explicit live_files(database_ptr db);
  ~live_files();
  live_files(const live_files&) = delete;
  live_files& operator=(const live_files&) = delete;

  /// Paths begin with `folder` and a slash.
  caf::expected<std::vector<backup_source>> list(const std::string& folder) const;

 private:
  database_ptr db_;
  bool held_ = false;
};

}  // namespace stellwerk
