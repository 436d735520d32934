#include "persistence/cipher.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

namespace stellwerk {

namespace {

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL failed: it has no memory, or was built without AES");
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

OSSL_PARAM octets(const char* name, std::string_view value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(value.data()), value.size());
}

}  // namespace

key_256 hkdf_sha256(std::string_view from, std::string_view salt, std::string_view purpose) {
  std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kind{
      EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free};
  require(kind != nullptr);
  std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context{
      EVP_KDF_CTX_new(kind.get()), EVP_KDF_CTX_free};
  std::string hash = "SHA256";
  std::array<OSSL_PARAM, 5> with{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, from), octets(OSSL_KDF_PARAM_INFO, purpose),
      salt.empty() ? OSSL_PARAM_construct_end() : octets(OSSL_KDF_PARAM_SALT, salt),
      OSSL_PARAM_construct_end()};
  key_256 made;
  require(
      context != nullptr &&
      EVP_KDF_derive(context.get(), made.bytes.data(), made.bytes.size(), with.data()) == 1
  );
  return made;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string made(32, '\0');
  std::size_t size = 0;
  auto* told = EVP_Q_mac(
      nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), bytes_of(text),
      text.size(), bytes_of(made), made.size(), &size
  );
  require(told != nullptr && size == made.size());
  return made;
}

std::string gcm_seal(const key_256& key, const gcm_nonce& nonce, std::string_view plain) {
  cipher_context context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  std::string made(plain.size() + gcm_tag_bytes, '\0');
  auto size = static_cast<int>(plain.size());
  int put = 0;
  require(
      context != nullptr &&
      EVP_EncryptInit_ex2(
          context.get(), EVP_aes_256_gcm(), key.bytes.data(), nonce.data(), nullptr
      ) == 1
  );
  if (size > 0)
    require(EVP_EncryptUpdate(context.get(), bytes_of(made), &put, bytes_of(plain), size) == 1);
  auto* tag = bytes_of(made) + size;
  require(
      EVP_EncryptFinal_ex(context.get(), tag, &put) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, gcm_tag_bytes, tag) == 1
  );
  return made;
}

bool gcm_open(const key_256& key, const gcm_nonce& nonce, std::string& text) {
  if (text.size() < gcm_tag_bytes) return false;
  cipher_context context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  auto size = static_cast<int>(text.size() - gcm_tag_bytes);
  auto* tag = bytes_of(text) + size;
  int put = 0;
  require(
      context != nullptr &&
      EVP_DecryptInit_ex2(
          context.get(), EVP_aes_256_gcm(), key.bytes.data(), nonce.data(), nullptr
      ) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, gcm_tag_bytes, tag) == 1
  );
  if (size > 0)
    require(EVP_DecryptUpdate(context.get(), bytes_of(text), &put, bytes_of(text), size) == 1);
  auto genuine = EVP_DecryptFinal_ex(context.get(), tag, &put) == 1;
  text.resize(genuine ? text.size() - gcm_tag_bytes : 0);
  return genuine;
}

}  // namespace stellwerk
