#include "actors/access/accounts_steps.hpp"
#include "actors/access/address.hpp"
#include "actors/access/password_hash.hpp"
#include "actors/access/password_rule.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

constexpr std::chrono::seconds hash_within{30};  // 64 that wait, 0.2 s each, and some

template <class Request>
auto ask_hasher(accounts_pointer self, Request what) {
  auto& all = self->state.around.hashers;
  auto& next = self->state.next_hasher;
  next = (next + 1) % all.size();
  return self->request(all[next], hash_within, std::move(what));
}

json_text reason_of(std::string_view word) {
  return {R"({"reason":")" + std::string{word} + R"("})"};
}

/// Who logged in did it himself, although nobody was known when he asked.
event done_by(
    event_type type, const std::string& id, const std::string& name, const context_ptr& context
) {
  auto made = make_event(type, "user/" + id, context);
  made.actor.principal = "user/" + id;
  made.actor.name = name;
  return made;
}

/// Begins a family in the same commit as what `what` already holds; ends the longest idle ones of a
/// user that has too many. `published` runs before the answer.
void begin_family(
    accounts_pointer self, pair_promise asked, const context_ptr& context, const std::string& user,
    commit what, when_done published
) {
  auto& state = self->state;
  auto now = state.around.tools.now();
  auto family = uuid_v4();
  login_document fresh{user, context->address, now, now, 1, "", ""};
  std::vector<revocation> ended;
  for (auto& old : state.families.in_the_way(user)) {
    ended.push_back({old, state.issuer->expires_s(state.families.find(old)->login)});
    what.changes.push_back(login_records.erase(old));
  }
  revocations::add_to(what, ended, seconds_of(now));
  what.changes.push_back(login_records.put(family, fresh));
  auto done = [=](const committed& how) mutable {
    auto& mine = self->state;
    published(how);
    for (auto& old : ended) mine.families.erase(old.id);
    mine.revoked->publish(ended);
    mine.families.put(family, fresh, how.revision);
    mine.newest_stored_s = std::max(mine.newest_stored_s, seconds_of(now));
    mine.around.tools.numbers->logins.Increment();
    asked.deliver(mine.issuer->pair(family, fresh));
  };
  commit_then(self, std::move(what), done, [=](caf::error why) mutable {
    asked.deliver(is(why, errc::stale_revision) ? refuse(errc::busy) : std::move(why));
  });
}

/// The same answer whatever was wrong; the journal knows more.
void fail_log_in(
    accounts_pointer self, pair_promise asked, const context_ptr& context, std::string_view reason,
    caf::error told
) {
  commit what;
  what.events.push_back(make_event(
      event_type::auth_login_failed, "address/" + context->address, context, reason_of(reason)
  ));
  auto answer = [=](auto&&...) mutable { asked.deliver(told); };
  commit_then(self, std::move(what), answer, answer);
}

/// The password was right.
void let_in(
    accounts_pointer self, pair_promise asked, const context_ptr& context, const std::string& id,
    std::string better_record
) {
  auto& who = self->state.users.at(id);
  commit what;
  auto better = who.user;
  if (!better_record.empty() && who.revision > 0) {
    better.password = std::move(better_record);
    what.expectations.push_back(user_records.unchanged(id, who.revision));
    what.changes.push_back(user_records.put(id, better));
  }
  auto rehashed = !what.changes.empty();
  what.events.push_back(done_by(event_type::auth_login_succeeded, id, who.user.username, context));
  begin_family(self, asked, context, id, std::move(what), [=](const committed& how) {
    if (rehashed) admit_user(self->state, id, {better, how.revision, false});
  });
}

void make_administrator(
    accounts_pointer self, pair_promise asked, const complete_setup& what, std::string record
) {
  auto id = uuid_v4();
  auto now = self->state.around.tools.now();
  user_document admin{what.username, what.email, std::move(record), {{"admin", "*"}}, true, 0, now};
  auto name = json::lower(what.username.str());
  commit made;
  made.expectations = {user_name_records.absent(name), setup_records.absent("first")};
  made.changes = {
      user_records.put(id, admin), user_name_records.put(name, {id}),
      setup_records.put("first", {id})};
  made.events.push_back(done_by(event_type::auth_setup_completed, id, admin.username, what.context)
  );
  begin_family(self, asked, what.context, id, std::move(made), [=](const committed& how) {
    admit_user(self->state, id, {admin, how.revision, false});
    if (!self->state.setup) return;
    std::error_code ignored;  // the token is dead anyway
    std::filesystem::remove(self->state.setup->file, ignored);
    self->state.setup.reset();
  });
}

}  // namespace

caf::result<token_pair> set_up(accounts_pointer self, const complete_setup& what) {
  auto& state = self->state;
  if (!state.loaded) return refuse(errc::not_ready);
  if (!state.setup || !state.setup->matches(what.setup_token.str(), state.around.tools.now()))
    return unauthenticated(self, "setup_token");
  auto wrong = check_new_password(what.password.str(), what.username.str(), what.email.str());
  if (!wrong.empty()) return refuse(errc::invalid, std::move(wrong));
  auto asked = self->make_response_promise<token_pair>();
  hash_password_now hash{secret{std::string_view{what.password.str()}}, state.options.hash_cost};
  ask_hasher(self, std::move(hash))
      .then(
          [=](std::string& record) { make_administrator(self, asked, what, std::move(record)); },
          [=](caf::error& why) mutable { asked.deliver(std::move(why)); }
      );
  return asked;
}

caf::result<token_pair> log_in_user(accounts_pointer self, const log_in& what) {
  auto& state = self->state;
  if (!state.loaded) return refuse(errc::not_ready);
  if (what.username.empty() == what.email.empty())
    return refuse(
        errc::invalid,
        problems{{"username", "required", "name one of username and email", "a user's name"}}
    );
  auto typed = json::lower(what.username.empty() ? what.email.str() : what.username.str());
  auto context = what.context;
  if (auto wait = state.delays.wait(context->address, typed, self->clock().now());
      wait.count() > 0) {
    unauthenticated(self, "delayed");
    return refuse(errc::over_limit, wait);
  }
  // Whoever is unknown, or not let in from there, costs the same work.
  auto found = state.ids.find(typed);
  auto id = found == state.ids.end() ? std::string{} : found->second;
  auto reason = id.empty() ? "unknown_name" : "wrong_password";
  if (!id.empty() && state.users.at(id).loopback_only && !is_loopback(context->address)) id.clear();
  auto cost = std::uint32_t{state.options.hash_cost};
  check_password check{secret{std::string_view{what.password.str()}}, unmatched_record(cost), cost};
  if (!id.empty()) check.record = state.users.at(id).user.password;
  if (!id.empty() && state.users.at(id).revision == 0) check.cost = 0;  // nothing to keep anew
  auto asked = self->make_response_promise<token_pair>();
  ask_hasher(self, std::move(check))
      .then(
          [=](password_verdict& told) {
            auto& mine = self->state;
            if (id.empty() || !told.right) {
              mine.delays.failed(context->address, typed, self->clock().now());
              return fail_log_in(self, asked, context, reason, unauthenticated(self, reason));
            }
            mine.delays.succeeded(context->address, typed);
            if (!mine.users.at(id).user.enabled) {
              unauthenticated(self, "disabled_user");
              return fail_log_in(self, asked, context, "disabled_user", refuse(errc::forbidden));
            }
            let_in(self, asked, context, id, std::move(told.better_record));
          },
          [=](caf::error& why) mutable { asked.deliver(std::move(why)); }
      );
  return asked;
}

}  // namespace stellwerk
