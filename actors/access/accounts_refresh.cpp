#include "actors/access/accounts_steps.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t pruned_at_once = 4000;

/// Ends a family for good; `more` is revoked with it. `then` runs when nobody is let in any more.
void end_family(
    accounts_pointer self, const std::string& family, std::vector<revocation> ended, event why,
    when_refused refused, std::function<void()> then
) {
  // A refresh that is on its way to the store may have made a younger token: count from now.
  auto now = now_s(self);
  ended.push_back({family, now + lifetimes_of(self->state.options.auth).refresh_s});
  commit what;
  what.changes.push_back(login_records.erase(family));
  revocations::add_to(what, ended, now);
  what.events.push_back(std::move(why));
  auto done = [=](const committed&) {
    auto& state = self->state;
    state.families.erase(family);
    state.revoked->publish(ended);
    state.newest_stored_s = std::max(state.newest_stored_s, now);
    then();
  };
  commit_then(self, std::move(what), done, std::move(refused));
}

void revoke_reused(
    accounts_pointer self, pair_promise asked, const context_ptr& context, const token_claims& shown
) {
  self->state.around.tools.numbers->refresh_reused.Increment();
  auto told = unauthenticated(self, "reused");
  auto event = make_event(event_type::auth_refresh_reused, "user/" + shown.sub, context);
  auto answer = [=](auto&&...) mutable { asked.deliver(told); };
  end_family(self, shown.sid, {}, std::move(event), answer, answer);
}

void rotate(
    accounts_pointer self, refresh_login what, pair_promise asked, const std::string& repeat_key,
    const token_claims& shown, int tries_left
) {
  auto& state = self->state;
  auto& before = *state.families.find(shown.sid);
  auto next = before.login;
  next.address = what.context->address;
  next.issued_at = state.around.tools.now();
  ++next.generation;
  next.previous_jti = shown.jti;
  next.repeat_key = repeat_key;
  commit spend;
  spend.expectations.push_back(login_records.unchanged(shown.sid, before.revision));
  spend.changes.push_back(login_records.put(shown.sid, next));
  auto done = [=](const committed& how) mutable {
    auto& mine = self->state;
    mine.families.put(shown.sid, next, how.revision);
    mine.newest_stored_s = std::max(mine.newest_stored_s, seconds_of(next.issued_at));
    asked.deliver(mine.issuer->pair(shown.sid, next));
  };
  auto refused = [=](caf::error why) mutable {
    // Someone was faster, and what he did is in memory by now: judge anew.
    if (is(why, errc::stale_revision) && tries_left > 0)
      return refresh(self, what, asked, tries_left - 1);
    asked.deliver(is(why, errc::stale_revision) ? refuse(errc::busy) : std::move(why));
  };
  commit_then(self, std::move(spend), done, refused);
}

}  // namespace

void refresh(accounts_pointer self, refresh_login what, pair_promise asked, int tries_left) {
  auto& state = self->state;
  if (!state.loaded) return void(asked.deliver(refuse(errc::not_ready)));
  auto now = state.around.tools.now();
  auto fail = [&](std::string_view reason) { asked.deliver(unauthenticated(self, reason)); };
  token_claims shown;
  auto why = state.issuer->read_refresh(what.refresh_token.str(), now, shown);
  if (why != token_refusal::none) return fail(to_word(why));
  auto* family = state.families.find(shown.sid);
  if (family == nullptr || family->login.user != shown.sub) return fail("revoked");
  auto user = state.users.find(shown.sub);
  if (user == state.users.end()) return fail("unknown_user");
  if (!user->second.user.enabled) return fail("disabled_user");
  if (shown.iat.s < user->second.user.not_before_s) return fail("issued_too_early");
  auto& key = what.context->idempotency_key;
  auto repeat_key = key.empty() ? std::string{} : sha256_hex(key);
  auto good_jti = state.issuer->refresh_jti(shown.sid, family->login);
  switch (judge_refresh(family->login, good_jti, shown.jti, repeat_key, now)) {
    case refresh_verdict::rotate:
      return rotate(self, std::move(what), asked, repeat_key, shown, tries_left);
    case refresh_verdict::repeat:
      return void(asked.deliver(state.issuer->pair(shown.sid, family->login)));
    case refresh_verdict::reused:
      return revoke_reused(self, asked, what.context, shown);
  }
}

caf::result<void> log_out_user(accounts_pointer self, const log_out& what) {
  auto& who = *what.context->caller;
  if (!self->state.loaded) return refuse(errc::not_ready);
  if (who.kind != principal_kind::user || who.token_id.empty() || who.family_id.empty())
    return refuse(errc::not_a_login_token);
  auto asked = self->make_response_promise<void>();
  auto event = make_event(event_type::auth_logout, "user/" + who.id, what.context);
  end_family(
      self, who.family_id, {{who.token_id, who.token_expires_s}}, std::move(event),
      [=](caf::error why) mutable { asked.deliver(std::move(why)); },
      [=]() mutable { static_cast<caf::response_promise&>(asked).deliver(caf::unit); }
  );
  return asked;
}

/// What is left over at 4,000 of a kind goes at once after them.
void prune(accounts_pointer self) {
  auto& state = self->state;
  if (!state.loaded) return;
  auto before = revocations::forgotten_before_s(now_s(self), state.newest_stored_s);
  auto ids = state.revoked->ended(before, pruned_at_once);
  auto families = state.families.ended(before, pruned_at_once, [&](const login_document& one) {
    return state.issuer->expires_s(one);
  });
  if (ids.empty() && families.empty()) return;
  commit what;
  for (auto& id : ids) what.changes.push_back(revoked_records.erase(id));
  for (auto& family : families) what.changes.push_back(login_records.erase(family));
  auto done = [=](const committed&) {
    self->state.revoked->forget(ids);
    for (auto& family : families) self->state.families.erase(family);
    if (std::max(ids.size(), families.size()) == pruned_at_once) prune(self);
  };
  commit_then(self, std::move(what), done, [=](const caf::error& why) {
    self->state.around.tools.lines->warn("accounts.not_pruned", {{"why", render(why)}});
  });
}

}  // namespace stellwerk
