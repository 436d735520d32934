#pragma once

#include <array>
#include <caf/expected.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "actors/access/secret.hpp"
#include "actors/model/codec.hpp"

/// Log-in tokens: JWT (RFC 7519), compact form, HS256 and nothing else.
namespace stellwerk {

/// `unknown` is what a token without a type has: no rule accepts it.
enum class token_type : std::uint8_t { unknown, access, refresh };
BOOST_DESCRIBE_ENUM(token_type, unknown, access, refresh)

/// Why a credential was refused: for metric and log; clients always get the same 401.
enum class token_refusal : std::uint8_t {
  none,
  malformed,
  forged,
  bad_claims,
  wrong_type,
  expired,
  from_the_future,
  too_long_lived,
  revoked,
  unknown_user,
  disabled_user,
  issued_too_early,
};
BOOST_DESCRIBE_ENUM(
    token_refusal, none, malformed, forged, bad_claims, wrong_type, expired, from_the_future,
    too_long_lived, revoked, unknown_user, disabled_user, issued_too_early
)

/// Seconds since 1970 as a JSON integer from 0 to 2^53 − 1: no fraction, no exponent.
struct claim_time {
  std::int64_t s = 0;
};

/// What a token says. All are required; no role, no personal data.
struct token_claims {
  std::string iss;  // id of the installation
  std::string aud;  // always `audience`
  token_type type = token_type::unknown;
  std::string sub;  // user id
  std::string sid;  // log-in family
  std::string jti;  // UUIDv4
  claim_time iat;
  claim_time exp;

  static constexpr std::string_view audience = "stellwerk";
};
BOOST_DESCRIBE_STRUCT(token_claims, (), (iss, aud, type, sub, sid, jti, iat, exp))

inline constexpr std::int64_t token_leeway_s = 30;
inline constexpr std::size_t token_bytes_max = 4096;

/// One key per purpose, derived from the node's secret by HKDF-SHA-256 (RFC 5869; empty salt,
/// 32 bytes): what is signed for one purpose never verifies for another.
struct token_keys {
  secret access;   // info `stellwerk jwt access`
  secret refresh;  // info `stellwerk jwt refresh`
  secret ids;      // info `stellwerk jwt ids`: makes token ids from (family, generation, time)
};
token_keys derive_token_keys(const secret& node_secret);
secret derive_key(const secret& from, std::string_view info);

/// HMAC-SHA-256 with its key set once; each use restarts the same context, which is four times as
/// fast as setting the key anew. For one thread.
class token_mac {
 public:
  using tag = std::array<std::uint8_t, 32>;
  explicit token_mac(const secret& key);

  /// Throws std::runtime_error if OpenSSL fails: nothing may be signed or trusted then.
  tag sign(std::string_view text) const;
  bool verify(std::string_view text, std::string_view bytes) const;

 private:
  struct free_context {
    void operator()(struct evp_mac_ctx_st* context) const;
  };
  std::unique_ptr<struct evp_mac_ctx_st, free_context> context_;
};

std::string sign_token(const token_mac& key, const token_claims& claims);

/// What a verifier accepts.
struct token_rule {
  token_type type = token_type::access;
  std::string issuer;
  std::int64_t lifetime_max_s = 0;
};

/// Form, then signature in constant time, then claims. The times are not looked at: `check_times`.
token_refusal read_token(
    const token_mac& key, const token_rule& rule, std::string_view token, token_claims& claims
);
/// A token is expired from `exp` + leeway on; `iat` may lie at most the leeway ahead.
token_refusal check_times(const token_claims& claims, std::int64_t now_s);

/// A UUIDv4 that only the holder of the key can know, the same for the same text.
std::string derive_uuid(const token_mac& key, std::string_view text);

}  // namespace stellwerk

namespace stellwerk::json {

template <>
struct codec<claim_time> {
  static void read(const boost::json::value& in, claim_time& x, reader& r);
  static void write(std::string& out, claim_time x) { out += std::to_string(x.s); }
  static void schema(std::string& out) { out += R"({"type":"integer","minimum":0})"; }
  static bool absent_ok(claim_time) { return false; }
};

}  // namespace stellwerk::json
