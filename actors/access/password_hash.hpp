#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stellwerk {

/// How a password is kept: `bcrypt-sha384$` and the bcrypt record of base64(SHA-384(password)), so
/// that no byte beyond bcrypt's 72 is lost. Salt: random.
/// `cost`: 2^cost rounds, 4 to 15; 12 takes a fifth of a second. Throws std::runtime_error if the
/// library fails.
std::string hash_password(std::string_view password, std::uint32_t cost);

/// False also for a record that cannot be read.
bool password_matches(std::string_view password, const std::string& record);

/// 0 for a record that cannot be read.
std::uint32_t cost_of(std::string_view record);

/// A record that no password matches and that takes as long to compare.
std::string unmatched_record(std::uint32_t cost);

}  // namespace stellwerk
