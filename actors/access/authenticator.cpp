#include "actors/access/authenticator.hpp"

namespace stellwerk {

namespace {

principal_ptr principal_of(const token_claims& claims, const access_user& user) {
  return std::make_shared<const principal>(principal{
      .kind = principal_kind::user,
      .id = claims.sub,
      .name = user.name,
      .given = user.given,
      .token_id = claims.jti,
      .family_id = claims.sid,
      .token_expires_s = claims.exp.s});
}

}  // namespace

authenticator::verdict authenticator::check(std::string_view token) {
  auto refused = [&](token_refusal why) -> verdict {
    tools_.numbers->tokens_rejected.Increment();
    tools_.numbers->auth_failures.Add({{"reason", to_word(why)}}).Increment();
    return {nullptr, why};
  };
  auto [claims, caller, why] = tokens_.check(token, now_s());
  if (claims == nullptr) return refused(why);
  if (revoked_.find(claims->jti) != nullptr || revoked_.find(claims->sid) != nullptr)
    return refused(token_refusal::revoked);
  auto [user, version] = users_.look(claims->sub);
  if (why = check_user(user, claims->iat.s); why != token_refusal::none) return refused(why);
  if (!caller->who || caller->version != version) *caller = {principal_of(*claims, *user), version};
  auto context = std::make_shared<call_context>();
  context->caller = caller->who;
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
