#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The primitives by which data is sealed, all of OpenSSL. They throw std::runtime_error if OpenSSL
/// has no memory or lacks one.
namespace stellwerk {

/// Wiped when gone; prints as nothing.
struct key_256 {
  key_256() = default;
  key_256(const key_256&) = default;
  key_256& operator=(const key_256&) = default;
  ~key_256() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::array<std::uint8_t, 32> bytes{};
};

/// RFC 5869 with SHA-256: a key of its own for each `purpose`.
key_256 hkdf_sha256(std::string_view from, std::string_view salt, std::string_view purpose);

/// RFC 2104: 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

/// AES-256-GCM (SP 800-38D) without further data. A nonce is used once under a key.
using gcm_nonce = std::array<std::uint8_t, 12>;
inline constexpr std::size_t gcm_tag_bytes = 16;
/// `plain` encrypted, and its tag. REQUIRES: at most 1 GiB.
std::string gcm_seal(const key_256& key, const gcm_nonce& nonce, std::string_view plain);
/// Makes `text`, as `gcm_seal` gave it, plain again. False, and nothing of it left: it is not.
bool gcm_open(const key_256& key, const gcm_nonce& nonce, std::string& text);

}  // namespace stellwerk
