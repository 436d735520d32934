#include "actors/access/token_issuer.hpp"

namespace stellwerk {

token_issuer::token_issuer(const token_keys& keys, std::string issuer, token_lifetimes lifetimes)
    : access_(keys.access),
      refresh_(keys.refresh),
      ids_(keys.ids),
      issuer_(std::move(issuer)),
      lifetimes_(lifetimes) {}

token_pair token_issuer::pair(std::string_view family, const login_document& login) const {
  auto iat = seconds_of(login.issued_at);
  token_claims claims{
      issuer_,
      std::string{token_claims::audience},
      token_type::access,
      login.user,
      std::string{family},
      jti(token_type::access, family, login),
      {iat},
      {}};
  claims.exp.s = iat + lifetimes_.access_s;
  token_pair made;
  made.access_token = sign_token(access_, claims);
  claims.type = token_type::refresh;
  claims.jti = jti(token_type::refresh, family, login);
  claims.exp.s = iat + lifetimes_.refresh_s;
  made.refresh_token = sign_token(refresh_, claims);
  made.expires_in = static_cast<std::uint32_t>(lifetimes_.access_s);
  return made;
}

std::string token_issuer::refresh_jti(std::string_view family, const login_document& login) const {
  return jti(token_type::refresh, family, login);
}

std::int64_t token_issuer::expires_s(const login_document& login) const {
  return seconds_of(login.issued_at) + std::max(lifetimes_.access_s, lifetimes_.refresh_s);
}

token_refusal token_issuer::read_refresh(
    std::string_view token, wall_time now, token_claims& claims
) const {
  token_rule rule{token_type::refresh, issuer_, lifetimes_.refresh_s};
  auto why = read_token(refresh_, rule, token, claims);
  return why == token_refusal::none ? check_times(claims, seconds_of(now)) : why;
}

std::string token_issuer::jti(token_type type, std::string_view family, const login_document& login)
    const {
  auto text = to_word(type) + ' ' + std::string{family} + ' ' + std::to_string(login.generation) +
              ' ' + std::to_string(seconds_of(login.issued_at));
  return derive_uuid(ids_, text);
}

std::int64_t seconds_of(wall_time when) {
  return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

refresh_verdict judge_refresh(
    const login_document& login, std::string_view good_jti, std::string_view shown_jti,
    std::string_view repeat_key, wall_time now
) {
  if (shown_jti == good_jti) return refresh_verdict::rotate;
  auto same_request =
      !repeat_key.empty() && shown_jti == login.previous_jti && repeat_key == login.repeat_key;
  auto since = now - login.issued_at;
  if (same_request && since <= repeat_within) return refresh_verdict::repeat;
  return refresh_verdict::reused;
}

}  // namespace stellwerk
