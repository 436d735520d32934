#include "persistence/signing_key.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <stdexcept>

#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;
constexpr std::size_t kid_digits = 16;
using context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

signing_key::signing_key(std::string_view seed)
    : key_(
          EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed), seed.size()),
          EVP_PKEY_free
      ) {
  std::array<std::uint8_t, key_bytes> raw{};
  auto size = raw.size();
  if (!key_ || EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size) != 1)
    throw std::runtime_error("OpenSSL makes no Ed25519 key");
  public_key_ = to_hex(raw);
  kid_ = kid_of(public_key_);
}

std::string signing_key::sign(std::string_view text) const {
  std::array<std::uint8_t, signature_bytes> made{};
  auto size = made.size();
  context once{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  if (!once || EVP_DigestSignInit(once.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(once.get(), made.data(), &size, bytes_of(text), text.size()) != 1)
    throw std::runtime_error("OpenSSL makes no signature");
  return to_hex(made);
}

bool is_signed(std::string_view public_key, std::string_view text, std::string_view signature) {
  auto raw = from_hex(public_key);
  auto made = from_hex(signature);
  if (!raw || !made) return false;
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*raw), raw->size()),
      EVP_PKEY_free};
  context once{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  return key && once &&
         EVP_DigestVerifyInit(once.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(once.get(), bytes_of(*made), made->size(), bytes_of(text), text.size()) ==
             1;
}

std::string fingerprint_of(std::string_view public_key) {
  auto raw = from_hex(public_key);
  if (!raw || raw->size() != key_bytes) return {};
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes_of(*raw), raw->size(), digest.data());
  return to_hex(digest);
}

std::string kid_of(std::string_view public_key) {
  return fingerprint_of(public_key).substr(0, kid_digits);
}

}  // namespace stellwerk
