#pragma once

#include <openssl/crypto.h>

#include <string>
#include <string_view>
#include <utility>

namespace stellwerk {

/// Bytes that nobody may see: wiped when released, moved from or replaced. It has no stream, no
/// JSON and no comparison but `matches`; inside a message it prints as nothing.
class secret {
 public:
  secret() = default;
  /// Takes the content and wipes the text it came in.
  explicit secret(std::string&& bytes) : bytes_(bytes) { wipe(bytes); }
  explicit secret(std::string_view bytes) : bytes_(bytes) {}
  ~secret() { wipe(bytes_); }
  secret(const secret&) = default;
  secret(secret&& other) : bytes_(other.bytes_) { wipe(other.bytes_); }
  secret& operator=(secret other) {
    wipe(bytes_);
    bytes_ = other.bytes_;
    return *this;
  }

  bool empty() const { return bytes_.empty(); }
  /// For the one place that must have the bytes: a MAC, a hash.
  std::string_view reveal() const { return bytes_; }
  /// In a time that depends on the lengths alone.
  bool matches(std::string_view other) const {
    return bytes_.size() == other.size() &&
           CRYPTO_memcmp(bytes_.data(), other.data(), other.size()) == 0;
  }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, secret&) {
    return f();
  }

 private:
  static void wipe(std::string& bytes) {
    OPENSSL_cleanse(bytes.data(), bytes.size());
    bytes.clear();
  }
  std::string bytes_;
};

/// SHA-256 in hexadecimal: what is kept of a text that need not be read again.
std::string sha256_hex(std::string_view text);

}  // namespace stellwerk
