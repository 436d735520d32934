#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "nodes/config_source.hpp"

namespace stellwerk {

/// Makes the data folder if it is missing (0700), else checks that it is ours and ours alone.
/// Complaints name the folder and the remedy.
void prepare_data_folder(const std::filesystem::path& folder, config_complaints& wrong);

/// The signing secret of a file: one line, at least 32 characters of at least 8 kinds, readable by
/// its owner alone, not a known default. Empty with a complaint otherwise. `key` is the
/// configuration key that named the file.
std::optional<std::string> read_secret(
    const std::filesystem::path& file, const std::string& key, config_complaints& wrong
);

/// As above, but makes the file with 64 random bytes if it is missing.
std::optional<std::string> read_or_make_secret(
    const std::filesystem::path& file, const std::string& key, config_complaints& wrong
);

}  // namespace stellwerk
