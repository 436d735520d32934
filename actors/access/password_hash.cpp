#include "actors/access/password_hash.hpp"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>

#include "actors/access/secret.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

constexpr std::string_view scheme = "bcrypt-sha384$";

/// 64 letters, no NUL among them.
secret digest_of(std::string_view password) {
  std::array<unsigned char, 48> digest{};
  std::array<unsigned char, 65> text{};
  if (EVP_Digest(password.data(), password.size(), digest.data(), nullptr, EVP_sha384(), nullptr) !=
      1)
    throw std::runtime_error("OpenSSL makes no SHA-384");
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  secret made{std::string_view{reinterpret_cast<const char*>(text.data()), text.size() - 1}};
  OPENSSL_cleanse(digest.data(), digest.size());
  OPENSSL_cleanse(text.data(), text.size());
  return made;
}

/// The working memory is 32 KiB: not for the stack. Wiped after use.
std::string bcrypt(std::string_view password, const std::string& setting) {
  auto wipe = [](crypt_data* data) {
    OPENSSL_cleanse(data, sizeof *data);
    delete data;
  };
  std::unique_ptr<crypt_data, decltype(wipe)> data{new crypt_data{}, wipe};
  auto digest = digest_of(password);
  std::string phrase{digest.reveal()};
  auto* made = crypt_r(phrase.c_str(), setting.c_str(), data.get());
  OPENSSL_cleanse(phrase.data(), phrase.size());
  if (made == nullptr || made[0] == '*') return {};  // the library's sign of failure
  return made;
}

}  // namespace

std::string hash_password(std::string_view password, std::uint32_t cost) {
  std::array<std::uint8_t, 16> random{};
  fill_random(random);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  auto* seed = reinterpret_cast<const char*>(random.data());
  auto bytes = static_cast<int>(random.size());
  auto size = static_cast<int>(setting.size());
  std::string made;
  if (crypt_gensalt_rn("$2b$", cost, seed, bytes, setting.data(), size) != nullptr)
    made = bcrypt(password, setting.data());
  if (made.empty()) throw std::runtime_error("libcrypt makes no bcrypt hash");
  return std::string{scheme} + made;
}

bool password_matches(std::string_view password, const std::string& record) {
  if (!record.starts_with(scheme)) return false;
  auto kept = record.substr(scheme.size());
  auto made = bcrypt(password, kept);
  return !made.empty() && secret{std::move(made)}.matches(kept);
}

std::uint32_t cost_of(std::string_view record) {
  constexpr std::string_view before = "bcrypt-sha384$$2b$";
  std::uint32_t cost = 0;
  if (record.starts_with(before) && record.size() > before.size() + 2)
    std::from_chars(&record[before.size()], &record[before.size()] + 2, cost);
  return cost;
}

std::string unmatched_record(std::uint32_t cost) {
  auto digits = std::to_string(cost);
  if (cost < 10) digits.insert(digits.begin(), '0');
  // 22 letters of salt; then 31 of a hash that ends in a letter no hash ends in.
  return std::string{scheme} + "$2b$" + digits + '$' + std::string(22, '.') + std::string(31, 'z');
}

}  // namespace stellwerk
