#pragma once

#include <caf/error.hpp>
#include <filesystem>

#include "persistence/backup_manifest.hpp"

namespace stellwerk {

/// Opens a restored data folder as a node would, so that what a start would refuse is refused here,
/// and writes what has to be different from the moment of the backup: the restore is journaled, and
/// every command that was still waiting counts as sent. It may have been sent since, so the node
/// decides it by reading back and never writes it again. Throws storage_error.
caf::error settle_restored(
    const std::filesystem::path& data_dir, const backup_manifest& content, wall_time now
);

}  // namespace stellwerk
