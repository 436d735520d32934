#include "actors/access/accounts_steps.hpp"

namespace stellwerk {

namespace {

constexpr std::chrono::seconds read_within{30};
constexpr std::chrono::seconds hash_within{30};
constexpr auto demo_id = "00000000-0000-4000-8000-00000000de00";

void give_up(accounts_pointer self, const caf::error& why) {
  self->state.around.tools.lines->error("accounts.not_loaded", {{"why", render(why)}});
  self->quit(why);
}

/// Page by page: `keep(id, record, revision)` for each document of the kind, then `done`.
template <class R, class Keep>
void load_all(
    accounts_pointer self, repository<R> kind, std::string after, Keep keep,
    std::function<void()> done
) {
  self->request(self->state.around.reader, read_within, scan{kind.prefix(), std::move(after)})
      .then(
          [=](const documents& page) {
            for (auto& one : page.items) {
              auto record = kind.decode(one);
              if (!record) return give_up(self, record.error());
              keep(kind.id_of(one), std::move(*record), one.revision);
            }
            if (!page.more || page.items.empty()) return done();
            load_all(self, kind, page.items.back().key, keep, done);
          },
          [=](caf::error& why) { give_up(self, why); }
      );
}

void finish(accounts_pointer self) {
  auto& state = self->state;
  auto& tools = state.around.tools;
  auto& administrator = state.around.access->administrator;
  if (!administrator && !state.options.setup_file.empty()) {
    state.setup = make_setup_token(state.options.setup_file, tools.now());
    if (!state.setup) {
      tools.lines->error("accounts.no_setup_token", {{"file", state.options.setup_file.native()}});
      return self->quit(refuse(errc::internal));
    }
    tools.lines->info("accounts.setup_token", {{"file", state.options.setup_file.native()}});
  }
  state.loaded = true;
  for (auto& one : state.waiting) one.deliver(await_accounts{!administrator});
  state.waiting.clear();
}

/// Its password is known to all, so a cheap hash will do.
void add_demo_user(accounts_pointer self) {
  if (!self->state.options.demo || self->state.ids.contains("demo")) return finish(self);
  hash_password_now what{secret{std::string_view{"demo"}}, 4};
  self->request(self->state.around.hashers.front(), hash_within, std::move(what))
      .then(
          [=](std::string& record) {
            user_document demo{"demo", "", std::move(record), {{"viewer", "*"}}, true, 0, {}};
            admit_user(self->state, demo_id, {std::move(demo), 0, true});
            finish(self);
          },
          [=](caf::error& why) { give_up(self, why); }
      );
}

void load_revoked(accounts_pointer self) {
  auto keep = [=](std::string id, revoked_document one, std::uint64_t) {
    self->state.newest_stored_s = std::max(self->state.newest_stored_s, one.revoked_s);
    self->state.revoked->publish({{std::move(id), one.expires_s}});
  };
  load_all(self, revoked_records, {}, keep, [=] { add_demo_user(self); });
}

void load_logins(accounts_pointer self) {
  auto keep = [=](const std::string& family, login_document one, std::uint64_t revision) {
    auto& newest = self->state.newest_stored_s;
    newest = std::max(newest, seconds_of(one.issued_at));
    self->state.families.put(family, std::move(one), revision);
  };
  load_all(self, login_records, {}, keep, [=] { load_revoked(self); });
}

}  // namespace

/// Revocations before anything is told to be loaded, users before log-ins.
void load_accounts(accounts_pointer self) {
  auto keep = [=](const std::string& id, user_document one, std::uint64_t revision) {
    admit_user(self->state, id, {std::move(one), revision, false});
  };
  load_all(self, user_records, {}, keep, [=] { load_logins(self); });
}

void admit_user(accounts_state& state, const std::string& id, account who) {
  auto& user = who.user;
  access_user seen{user.username, user.email, user.roles, {}, user.enabled, user.not_before_s};
  for (auto& one : user.roles) {
    seen.given.push_back({permissions_of(one.role), one.scope});
    if (one.role == "admin" && one.scope == "*" && user.enabled)
      state.around.access->administrator = true;
  }
  state.around.access->users.put(id, std::move(seen));
  state.ids.insert_or_assign(json::lower(user.username), id);
  if (!user.email.empty()) state.ids.insert_or_assign(json::lower(user.email), id);
  state.users.insert_or_assign(id, std::move(who));
}

}  // namespace stellwerk
