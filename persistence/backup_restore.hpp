#pragma once

#include <caf/expected.hpp>
#include <filesystem>
#include <string>

#include "persistence/backup_folder.hpp"

namespace stellwerk {

struct restore_wish {
  std::filesystem::path folder;  // of backups
  std::string id;
  std::filesystem::path data_dir;  // absent or empty
  backup_key_ptr key = {};         // of an encrypted one
};
struct restore_report {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;  // of the journal, that of the restore included
};

/// Makes a data folder of a backup, whole or not at all: it grows beside its place, each file is
/// compared with its digest, it is opened as a node would (restored_node.hpp), the chain is
/// walked, and only then it gets its name. `conflict` if the place is taken or in
/// use; for the rest see backup_manifest.hpp. Blocks.
caf::expected<restore_report> restore_backup(const restore_wish& wish, wall_time now);

}  // namespace stellwerk
