#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace stellwerk {

/// Makes `file` hold `text`, readable by its owner alone (0600), in one step: written beside,
/// synced, renamed. After a crash or on a full disk there is what was there before. False if that
/// failed.
bool write_private_file(const std::filesystem::path& file, std::string_view text);

/// The first line of a regular file that belongs to this user and that nobody else may read. Empty
/// otherwise, with what is wrong and what to do.
std::optional<std::string> read_private_line(const std::filesystem::path& file, std::string& wrong);

}  // namespace stellwerk
