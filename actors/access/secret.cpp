#include "actors/access/secret.hpp"

#include <openssl/sha.h>

#include <array>

#include "actors/model/ids.hpp"

namespace stellwerk {

std::string sha256_hex(std::string_view text) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return to_hex(digest);
}

}  // namespace stellwerk
