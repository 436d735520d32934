#include "actors/access/accounts.hpp"

#include "actors/access/accounts_steps.hpp"

namespace stellwerk {

namespace {

using prune_atom = caf::atom_constant<caf::atom("prune")>;
constexpr std::chrono::seconds store_within{5};
constexpr std::chrono::hours prune_every{1};
constexpr std::size_t waiting_max = 64;

caf::result<await_accounts> wait_for_load(accounts_pointer self, const await_accounts&) {
  auto& state = self->state;
  if (state.loaded) return await_accounts{!state.around.access->administrator};
  if (state.waiting.size() >= waiting_max) return refuse(errc::busy);
  state.waiting.push_back(self->make_response_promise<await_accounts>());
  return state.waiting.back();
}

}  // namespace

void commit_then(accounts_pointer self, commit what, when_done done, when_refused refused) {
  self->request(self->state.around.store, store_within, std::move(what))
      .then(
          [=](const committed& how) { done(how); },
          [=](caf::error& why) {
            if (!lost(why) && !is(why, errc::outcome_unknown)) return refused(std::move(why));
            self->state.around.tools.lines->error("accounts.lost_store", {{"why", render(why)}});
            refused(refuse(errc::outcome_unknown));
            self->quit(std::move(why));
          }
      );
}

caf::error unauthenticated(accounts_pointer self, std::string_view reason) {
  auto& failures = self->state.around.tools.numbers->auth_failures;
  failures.Add({{"reason", std::string{reason}}}).Increment();
  return refuse(errc::unauthenticated);
}

std::int64_t now_s(accounts_pointer self) { return seconds_of(self->state.around.tools.now()); }

token_lifetimes lifetimes_of(const auth_options& options) {
  return {
      options.access_token_minutes * std::int64_t{60},
      options.refresh_token_days * std::int64_t{86'400}};
}

token_rule access_rule(const auth_options& options, std::string issuer) {
  return {token_type::access, std::move(issuer), lifetimes_of(options).access_s};
}

accounts_actor::behavior_type accounts(
    accounts_pointer self, accounts_options options, accounts_surroundings around
) {
  auto& state = self->state;
  state.issuer =
      std::make_unique<token_issuer>(around.keys, options.issuer, lifetimes_of(options.auth));
  state.revoked = std::make_unique<revocations>(around.access, around.tools.numbers->revocations);
  state.options = std::move(options);
  state.around = std::move(around);
  self->delayed_send(self, prune_every, prune_atom::value);
  load_accounts(self);
  return {
      [=](const complete_setup& what) { return set_up(self, what); },
      [=](const log_in& what) { return log_in_user(self, what); },
      [=](const refresh_login& what) -> caf::result<token_pair> {
        auto asked = self->make_response_promise<token_pair>();
        refresh(self, what, asked, 3);
        return asked;
      },
      [=](const log_out& what) { return log_out_user(self, what); },
      [=](const await_accounts& what) { return wait_for_load(self, what); },
      [=](prune_atom) {
        prune(self);
        self->delayed_send(self, prune_every, prune_atom::value);
      }};
}

}  // namespace stellwerk
