#include "actors/access/token.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <optional>
#include <stdexcept>

#include "actors/model/ids.hpp"
#include "persistence/cipher.hpp"

namespace stellwerk {

namespace {

/// {"alg":"HS256","typ":"JWT"}. The algorithm is ours to choose, never the token's: any other
/// header is refused without being read.
constexpr std::string_view header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Letter → its six bits, or -1.
constexpr auto six_bits = [] {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<signed char, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  return table;
}();

/// One text per value, so that nobody can vary a token's spelling.
std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned have = 0;
  for (unsigned char c : text) {
    if (six_bits[c] < 0) return {};
    bits = bits << 6u | static_cast<std::uint32_t>(six_bits[c]);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    bytes += static_cast<char>(bits >> have & 255u);
  }
  if (have == 6 || (bits & ((1u << have) - 1)) != 0) return {};
  return bytes;
}

std::string_view view_of(const token_mac::tag& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_uuid_v4(std::string_view text) { return is_uuid(text) && text[14] == '4'; }

}  // namespace

secret derive_key(const secret& from, std::string_view info) {
  return secret{std::string{hkdf_sha256(from.reveal(), {}, info).view()}};
}

token_keys derive_token_keys(const secret& node_secret) {
  return {
      derive_key(node_secret, "stellwerk jwt access"),
      derive_key(node_secret, "stellwerk jwt refresh"),
      derive_key(node_secret, "stellwerk jwt ids")};
}

void token_mac::free_context::operator()(evp_mac_ctx_st* context) const {
  EVP_MAC_CTX_free(context);
}

token_mac::token_mac(const secret& key) {
  std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> algorithm{
      EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free};
  context_.reset(EVP_MAC_CTX_new(algorithm.get()));
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  auto* bytes = reinterpret_cast<const unsigned char*>(key.reveal().data());
  if (key.empty() || !context_ ||
      EVP_MAC_init(context_.get(), bytes, key.reveal().size(), params) != 1)
    throw std::runtime_error("OpenSSL takes no HMAC key");
}

token_mac::tag token_mac::sign(std::string_view text) const {
  tag out{};
  std::size_t length = 0;
  auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  auto good = EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&  // keeps the key
              EVP_MAC_update(context_.get(), bytes, text.size()) == 1 &&
              EVP_MAC_final(context_.get(), out.data(), &length, out.size()) == 1;
  if (!good || length != out.size()) throw std::runtime_error("OpenSSL makes no HMAC");
  return out;
}

bool token_mac::verify(std::string_view text, std::string_view bytes) const {
  auto expected = sign(text);
  return bytes.size() == expected.size() &&
         CRYPTO_memcmp(bytes.data(), expected.data(), expected.size()) == 0;
}

std::string sign_token(const token_mac& key, const token_claims& claims) {
  auto text = std::string{header} + '.' + to_base64url(json::encode(claims));
  auto signature = key.sign(text);
  return text + '.' + to_base64url(view_of(signature));
}

token_refusal read_token(
    const token_mac& key, const token_rule& rule, std::string_view token, token_claims& claims
) {
  auto last = token.rfind('.');
  if (token.size() > token_bytes_max || last == token.npos || last <= header.size() ||
      !token.starts_with(header) || token[header.size()] != '.')
    return token_refusal::malformed;
  auto signature = from_base64url(token.substr(last + 1));
  if (!signature) return token_refusal::malformed;
  if (!key.verify(token.substr(0, last), *signature)) return token_refusal::forged;
  auto text = from_base64url(token.substr(header.size() + 1, last - header.size() - 1));
  if (!text) return token_refusal::malformed;
  token_claims read;
  if (!json::decode(*text, read, {.bytes = token_bytes_max, .depth = 2}).empty())
    return token_refusal::bad_claims;
  if (!is_uuid(read.sub) || !is_uuid(read.sid) || !is_uuid_v4(read.jti) ||
      read.iss != rule.issuer || read.aud != token_claims::audience || read.exp.s <= read.iat.s)
    return token_refusal::bad_claims;
  if (read.type != rule.type) return token_refusal::wrong_type;
  if (read.exp.s - read.iat.s > rule.lifetime_max_s) return token_refusal::too_long_lived;
  claims = std::move(read);
  return token_refusal::none;
}

token_refusal check_times(const token_claims& claims, std::int64_t now_s) {
  if (now_s >= claims.exp.s + token_leeway_s) return token_refusal::expired;
  if (claims.iat.s > now_s + token_leeway_s) return token_refusal::from_the_future;
  return token_refusal::none;
}

std::string derive_uuid(const token_mac& key, std::string_view text) {
  auto bytes = key.sign(text);
  return uuid_v4_of(std::span<const std::uint8_t, 16>{bytes.data(), 16});
}

}  // namespace stellwerk

namespace stellwerk::json {

void codec<claim_time>::read(const boost::json::value& in, claim_time& x, reader& r) {
  constexpr std::int64_t max = (std::int64_t{1} << 53) - 1;
  if (!in.is_int64()) return wrong_type(in, "an integer", r);
  x.s = in.get_int64();
  if (x.s < 0 || x.s > max) r.report("out_of_range", "outside the limits", "seconds since 1970");
}

}  // namespace stellwerk::json
