#pragma once

#include <filesystem>
#include <string_view>

namespace stellwerk {

/// Makes `file` hold `text`, readable by its owner alone (0600), in one step: written beside,
/// synced, renamed. After a crash or on a full disk there is what was there before. False if that
/// failed.
bool write_private_file(const std::filesystem::path& file, std::string_view text);

}  // namespace stellwerk
