#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "actors/model/time.hpp"

namespace stellwerk {

/// What is remembered of the one-time token that makes the first administrator.
struct setup_token {
  std::filesystem::path file;  // the only place where the token itself is
  std::string digest;          // SHA-256
  wall_time until{};

  bool matches(std::string_view shown, wall_time now) const;
};

/// Writes 32 random bytes as base64url to `file` (0600, replacing what was there), good for 24 h.
/// Empty if the file cannot be written.
std::optional<setup_token> make_setup_token(const std::filesystem::path& file, wall_time now);

}  // namespace stellwerk
