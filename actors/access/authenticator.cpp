#include "actors/access/authenticator.hpp"

namespace stellwerk {

namespace {

principal_ptr principal_of(const token_claims& claims, const access_user& user) {
  return std::make_shared<const principal>(principal{
      principal_kind::user, claims.sub, user.name, user.given, claims.jti, claims.sid, claims.exp.s}
  );
}

}  // namespace

authenticator::verdict authenticator::check(std::string_view token) {
  auto refused = [&](token_refusal why) -> verdict {
    tools_.numbers->tokens_rejected.Increment();
    tools_.numbers->auth_failures.Add({{"reason", to_word(why)}}).Increment();
    return {nullptr, why};
  };
  auto [claims, memo, why] = tokens_.check(token, now_s());
  if (claims == nullptr) return refused(why);
  if (revoked_.find(claims->jti) != nullptr || revoked_.find(claims->sid) != nullptr)
    return refused(token_refusal::revoked);
  auto* user = users_.find(claims->sub);
  if (why = check_user(user, claims->iat.s); why != token_refusal::none) return refused(why);
  if (auto version = users_.version(claims->sub); !memo->who || memo->version != version)
    *memo = {principal_of(*claims, *user), version};
  auto context = std::make_shared<call_context>();
  context->caller = memo->who;
  return {std::move(context), token_refusal::none};
}

std::optional<me_view> authenticator::me(std::string_view user_id) {
  auto* user = users_.find(user_id);
  if (user == nullptr) return {};
  me_view mine{std::string{user_id}, user->name, user->email, user->roles, {}};
  for (auto& row : permission_table)
    if (allowed(user->given, row.what)) mine.permissions.emplace_back(row.name);
  return mine;
}

token_refusal authenticator::check_user(const access_user* user, std::int64_t issued_s) const {
  if (user == nullptr) return token_refusal::unknown_user;
  if (!user->enabled) return token_refusal::disabled_user;
  if (issued_s < user->not_before_s) return token_refusal::issued_too_early;
  return token_refusal::none;
}

std::int64_t authenticator::now_s() const {
  return std::chrono::floor<std::chrono::seconds>(tools_.now()).time_since_epoch().count();
}

}  // namespace stellwerk
