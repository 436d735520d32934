#include "persistence/backups.hpp"

#include <utility>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "persistence/backups_work.hpp"

namespace stellwerk {

namespace {

using daily_atom = caf::atom_constant<caf::atom("daily")>;
using step_atom = caf::atom_constant<caf::atom("step")>;

constexpr std::chrono::seconds look_every{60};

backup_view view_without(const std::string& id, backup_status status, std::string problem) {
  backup_view view;
  view.id = id;
  view.status = status;
  view.problem = std::move(problem);
  return view;
}

backup_view stored_view(const backup_folder& folder, const std::string& id) {
  auto found = folder.read(id);
  if (found) return view_of(*found);
  return view_without(id, backup_status::damaged, refusal_of(found.error()).detail);
}

bool may(backups_self* self, const context_ptr& context) {
  scope_target whole{self->state.wired->site, {}, nullptr};
  return context && allowed(context->caller->given, permission::backup_run, whole);
}

caf::error under_way() {
  return refuse(errc::conflict, "Another backup or verification is under way");
}

/// The same request again, while what it began is under way.
bool repeats(const backups_state::work& now, const context_ptr& context) {
  return now.job && now.by && !context->idempotency_key.empty() &&
         now.by->idempotency_key == context->idempotency_key &&
         now.by->caller->id == context->caller->id && now.by->body_hash == context->body_hash;
}

caf::result<backup_view> create(backups_self* self, const create_backup& what) {
  auto& state = self->state;
  if (!may(self, what.context)) return refuse(errc::forbidden);
  if (state.now && repeats(*state.now, what.context)) return state.known[state.now->id];
  if (state.now) return under_way();
  auto id = uuid_v7(state.wired->tell.now());
  state.now.emplace(backups_state::work{id, what.context, {}, {}, {}});
  commit begun;
  begun.changes.push_back(open_backups.put(id, {id}));
  begun.events.push_back(tell_of(event_type::backup_started, id, what.context));
  begun.once = once_of(what.context, id);
  auto asked = self->make_response_promise<backup_view>();
  self->request(state.wired->store, journal_within, std::move(begun))
      .then(
          [=, note = what.note.str()](const committed& done) mutable {
            auto& known = self->state.known;
            if (!done.replayed) {
              begin_backup(self, note);
              return void(asked.deliver(known[id]));
            }
            self->state.now.reset();
            auto before = known.find(*done.replayed);
            if (before != known.end()) return void(asked.deliver(before->second));
            asked.deliver(view_without(
                *done.replayed, backup_status::failed, "It was cut short by a restart, or deleted"
            ));
          },
          [=](caf::error& why) mutable {
            self->state.now.reset();
            asked.deliver(std::move(why));
          }
      );
  return asked;
}

/// By the node itself. While another is under way, or the journal does not take it, a minute later.
void create_daily(backups_self* self) {
  auto& state = self->state;
  if (state.now) return;
  auto id = uuid_v7(state.wired->tell.now());
  state.now.emplace(backups_state::work{id, nullptr, {}, {}, {}});
  commit begun;
  begun.changes.push_back(open_backups.put(id, {id}));
  begun.events.push_back(tell_of(event_type::backup_started, id, nullptr));
  self->request(state.wired->store, journal_within, std::move(begun))
      .then(
          [=](const committed&) {
            self->state.daily_due.reset();
            begin_backup(self, "daily");
          },
          [=](const caf::error& why) {
            self->state.now.reset();
            self->state.wired->tell.lines->warn("backup.not_begun", {{"why", render(why)}});
          }
      );
}

void look_at_clock(backups_self* self) {
  auto& state = self->state;
  auto& when = state.wired->options.daily_at;
  self->delayed_send(self, look_every, daily_atom::value);
  auto now = state.wired->tell.now();
  auto jumped = state.daily_due && *state.daily_due - now > std::chrono::hours{26};
  if (!state.daily_due || jumped) state.daily_due = next_after(now, when);
  if (now >= *state.daily_due) create_daily(self);
}

caf::result<backup_view> verify(backups_self* self, const verify_backup& what) {
  auto& state = self->state;
  if (!may(self, what.context)) return refuse(errc::forbidden);
  auto found = state.known.find(what.id);
  if (found == state.known.end()) return refuse(errc::not_found);
  auto& view = found->second;
  if (view.status == backup_status::verifying) return view;
  if (state.now) return under_way();
  if (view.status == backup_status::failed)
    return refuse(errc::conflict, "There is nothing to verify: it failed");
  auto manifest = state.folder->unlock(what.id);
  if (!manifest && is(manifest.error(), errc::conflict)) return std::move(manifest.error());
  view.status = backup_status::verifying;
  state.now.emplace(backups_state::work{what.id, what.context, self->clock().now(), {}, {}});
  if (!manifest) {
    end_check(self, refuse(errc::invalid, refusal_of(manifest.error()).detail));
    return view;
  }
  state.now->check = std::make_unique<backup_check>(
      state.folder->of(*manifest), std::move(manifest->content), backup_check::extent::all
  );
  self->send(self, step_atom::value);
  return view;
}

/// Journaled first: what the journal calls deleted may still be there after a crash, and is
/// deleted by asking again; the other way round nobody would know who did it.
caf::result<void> remove(backups_self* self, const remove_backup& what) {
  auto& state = self->state;
  if (!may(self, what.context)) return refuse(errc::forbidden);
  if (!state.known.contains(what.id)) return refuse(errc::not_found);
  if (state.now) return under_way();
  state.now.emplace(backups_state::work{what.id, what.context, {}, {}, {}});
  commit told;
  told.events.push_back(tell_of(event_type::backup_deleted, what.id, what.context));
  auto asked = self->make_response_promise<void>();
  self->request(state.wired->store, journal_within, std::move(told))
      .then(
          [=, id = what.id.str()](const committed&) mutable {
            self->state.now.reset();
            if (auto why = remove_files(self, id)) return void(asked.deliver(std::move(why)));
            self->state.known.erase(id);
            note_newest(self);
            static_cast<caf::response_promise&>(asked).deliver(caf::unit);
          },
          [=](caf::error& why) mutable {
            self->state.now.reset();
            asked.deliver(std::move(why));
          }
      );
  return asked;
}

void load(backups_self* self) {
  auto& state = self->state;
  auto ids = state.folder->ids();
  if (ids.size() > backups_state::known_max)
    ids.erase(ids.begin(), ids.end() - backups_state::known_max);
  for (auto& id : ids) state.known.emplace(id, stored_view(*state.folder, id));
  note_newest(self);
  end_interrupted(self);
}

}  // namespace

std::filesystem::path backups_folder(
    const backup_options& options, const std::filesystem::path& data_dir
) {
  return options.folder.empty() ? data_dir / "backups" : std::filesystem::path{options.folder};
}

backups_interface::behavior_type backups(backups_self* self, backups_surroundings around) {
  auto& state = self->state;
  state.folder.emplace(backups_folder(around.options, around.data_dir), around.key);
  state.wired.emplace(std::move(around));
  load(self);
  if (state.wired->options.daily_at.at) look_at_clock(self);
  return {
      [=](const create_backup& what) { return create(self, what); },
      [=](const list_backups& what) -> caf::result<backup_list> {
        if (!may(self, what.context)) return refuse(errc::forbidden);
        backup_list all;
        for (auto& [id, view] : self->state.known) all.items.push_back(view);
        return all;
      },
      [=](const read_backup& what) -> caf::result<backup_view> {
        if (!may(self, what.context)) return refuse(errc::forbidden);
        auto found = self->state.known.find(what.id);
        if (found == self->state.known.end()) return refuse(errc::not_found);
        return found->second;
      },
      [=](const verify_backup& what) { return verify(self, what); },
      [=](const remove_backup& what) { return remove(self, what); },
      [=](daily_atom) { look_at_clock(self); },
      [=](step_atom) {
        auto& now = self->state.now;
        if (now && (now->job || now->check)) step(self);
      },
  };
}

}  // namespace stellwerk
