#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/model/time.hpp"

namespace stellwerk {

/// Fills with bytes that nobody can guess (OpenSSL). Throws std::runtime_error if there are none:
/// nothing that needs them may go on.
void fill_random(std::span<std::uint8_t> bytes);

/// Random, for whatever is a capability: users, devices, sessions, credentials.
std::string uuid_v4();
/// With these bytes, but for the six bits that say version and variant.
std::string uuid_v4_of(std::span<const std::uint8_t, 16> bytes);

/// Ordered by `now`, for what is listed by time: commands, deliveries, executions, jobs.
std::string uuid_v7(wall_time now);

/// 8-4-4-4-12 lower-case hexadecimal digits of any version.
bool is_uuid(std::string_view text);

std::string to_hex(std::span<const std::uint8_t> bytes);
/// Of pairs of lower-case digits; else empty.
std::optional<std::string> from_hex(std::string_view digits);
/// Base64url without padding (RFC 4648 §5).
std::string to_base64url(std::string_view bytes);

}  // namespace stellwerk
