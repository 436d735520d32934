#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Ed25519 (RFC 8032) as OpenSSL does it; keys, signatures and digests in hexadecimal digits.
namespace stellwerk {

/// Any thread may sign, some 50 µs each.
class signing_key {
 public:
  /// REQUIRES: a seed of 32 bytes. Throws std::runtime_error.
  explicit signing_key(std::string_view seed);

  const std::string& public_key() const { return public_key_; }
  const std::string& kid() const { return kid_; }
  std::string sign(std::string_view text) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::string public_key_;
  std::string kid_;
};
using signing_key_ptr = std::shared_ptr<const signing_key>;

/// False for a key or signature that is none, too.
bool is_signed(std::string_view public_key, std::string_view text, std::string_view signature);

/// SHA-256 of the public key's bytes: what people compare. Empty for what is no public key.
std::string fingerprint_of(std::string_view public_key);
/// Its beginning, which keys are found by.
std::string kid_of(std::string_view public_key);

}  // namespace stellwerk
