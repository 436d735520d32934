#pragma once

#include <string>
#include <string_view>

#include "actors/access/login_records.hpp"
#include "actors/access/token.hpp"

namespace stellwerk {

struct token_lifetimes {
  std::int64_t access_s = 1800;
  std::int64_t refresh_s = 7 * 86'400;
};

/// Makes the two tokens of a log-in. The same (family, generation, issue time) gives the same pair,
/// to the letter. For one thread.
class token_issuer {
 public:
  token_issuer(const token_keys& keys, std::string issuer, token_lifetimes lifetimes);

  token_pair pair(std::string_view family, const login_document& login) const;
  /// Of the one refresh token that is good now.
  std::string refresh_jti(std::string_view family, const login_document& login) const;
  /// When no token of this pair is good any more.
  std::int64_t expires_s(const login_document& login) const;

  token_refusal read_refresh(std::string_view token, wall_time now, token_claims& claims) const;

 private:
  std::string jti(token_type type, std::string_view family, const login_document& login) const;

  token_mac access_;
  token_mac refresh_;
  token_mac ids_;
  std::string issuer_;
  token_lifetimes lifetimes_;
};

std::int64_t seconds_of(wall_time when);

/// What a refresh token that was signed by us is worth.
enum class refresh_verdict : std::uint8_t {
  rotate,  // the one good one: spend it
  repeat,  // spent within the last 10 s by the same request: the same pair again
  reused,  // spent: someone has a copy
};
inline constexpr std::chrono::seconds repeat_within{10};
/// `repeat_key`: hash of the request's Idempotency-Key; empty: it had none.
refresh_verdict judge_refresh(
    const login_document& login, std::string_view good_jti, std::string_view shown_jti,
    std::string_view repeat_key, wall_time now
);

}  // namespace stellwerk
