#include "persistence/backups_work.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "actors/model/error.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

/// What the journal tells of a backup.
struct backup_facts {
  std::uint64_t size_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t seq = 0;
  std::string sha256;
};
BOOST_DESCRIBE_STRUCT(backup_facts, (), (size_bytes, written_bytes, seq, sha256))
struct backup_words {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(backup_words, (), (text))

namespace {

using step_atom = caf::atom_constant<caf::atom("step")>;

constexpr std::uint64_t mebibyte = 1 << 20;

void count(backups_self* self, const char* outcome) {
  self->state.wired->tell.numbers->backups.Add({{"outcome", outcome}}).Increment();
}

/// What has happened is told by the files; without its entry the log alone knows it. `ended`: the
/// backup whose end is told.
void journal(backups_self* self, std::vector<event> events, const std::string& ended = {}) {
  commit what;
  if (!ended.empty()) what.changes.push_back(open_backups.erase(ended));
  what.events = std::move(events);
  self->request(self->state.wired->store, journal_within, std::move(what))
      .then(
          [](const committed&) {},
          [=](const caf::error& why) {
            self->state.wired->tell.lines->warn("backup.not_journaled", {{"why", render(why)}});
          }
      );
}

/// Whole ones of this site beyond the number to keep, oldest first out.
void remove_surplus(backups_self* self, const std::string& made, std::vector<event>& told) {
  auto& state = self->state;
  std::size_t whole = 0;
  std::vector<std::string> surplus;
  for (auto& [id, view] : state.known) {
    if (view.status != backup_status::complete) continue;
    auto found = state.folder->read(id);
    if (!found || found->content.site != state.wired->site) continue;
    if (++whole > state.wired->options.keep && id != made) surplus.push_back(id);
  }
  for (auto& id : surplus) {
    if (auto why = remove_files(self, id)) {
      state.wired->tell.lines->warn("backup.not_removed", {{"why", render(why)}});
      continue;
    }
    state.known.erase(id);
    told.push_back(tell_of(event_type::backup_deleted, id, nullptr));
  }
}

event completed(const backup_view& view, const context_ptr& by) {
  backup_facts facts{view.size_bytes, view.written_bytes, view.seq, view.sha256};
  return tell_of(event_type::backup_completed, view.id, by, json::encode(facts));
}
event failed(const std::string& id, const std::string& why, const context_ptr& by) {
  return tell_of(event_type::backup_failed, id, by, json::encode(backup_words{why}));
}

void forget_old_failures(backups_self* self) {
  std::size_t failed = 0;
  std::erase_if(self->state.known, [&](auto& one) {
    return one.second.status == backup_status::failed && ++failed > backups_state::failed_max;
  });
}

void end_backup(backups_self* self, const caf::expected<bool>& result) {
  auto& state = self->state;
  auto work = std::exchange(state.now, std::nullopt);
  auto& tell = state.wired->tell;
  auto& view = state.known[work->id];
  std::vector<event> told;
  std::chrono::duration<double> took = self->clock().now() - work->since;
  tell.numbers->backup_bytes.Increment(static_cast<double>(work->job->made().content.written_bytes)
  );
  if (result) {
    view = view_of(work->job->made());
    view.verified_at = tell.now();
    told.push_back(completed(view, work->by));
    tell.numbers->backup_seconds.Set(took.count());
    tell.lines->info("backup.complete", {{"id", work->id}, {"seconds", took.count()}});
    work->job.reset();
    remove_surplus(self, work->id, told);
  } else {
    view.status = backup_status::failed;
    view.problem = refusal_of(result.error()).detail;
    told.push_back(failed(work->id, view.problem, work->by));
    tell.lines->error("backup.failed", {{"id", work->id}, {"why", render(result.error())}});
    forget_old_failures(self);
  }
  count(self, result ? "complete" : "failed");
  note_newest(self);
  journal(self, std::move(told), work->id);
}

}  // namespace

event tell_of(event_type type, const std::string& id, const context_ptr& by, std::string data) {
  return make_event(type, "backup/" + id, by, {std::move(data)});
}

backup_view view_of(const sealed_manifest& made) {
  auto& content = made.content;
  backup_view view;
  view.id = content.id;
  view.status = backup_status::complete;
  view.created_at = content.created_at;
  view.note = content.note;
  view.size_bytes = size_of(content);
  view.written_bytes = content.written_bytes;
  view.seq = content.seq;
  view.sha256 = made.sha256;
  view.key_id = made.key_id;
  if (made.locked) view.problem = "It is encrypted with a key that this node has not got";
  return view;
}

void note_newest(backups_self* self) {
  double newest = 0;
  for (auto& [id, view] : self->state.known) {
    if (view.status != backup_status::complete) continue;
    std::chrono::duration<double> at = view.created_at.time_since_epoch();
    newest = std::max(newest, at.count());
  }
  self->state.wired->tell.numbers->backup_newest.Set(newest);
}

caf::error remove_files(backups_self* self, const std::string& id) {
  auto& folder = *self->state.folder;
  if (!folder.has(id)) return {};
  auto locked = folder.lock();
  if (!locked) return locked.error();
  return folder.remove(id);
}

void end_interrupted(backups_self* self) {
  auto& state = self->state;
  auto& db = *state.wired->store_db;
  auto prefix = open_backups.prefix();
  std::vector<std::string> open;
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator({}, family(db, store_family::documents))};
  for (row->Seek(prefix); row->Valid() && row->key().starts_with(prefix); row->Next())
    open.push_back(row->key().ToString().substr(prefix.size()));
  for (auto& id : open) {
    auto found = state.known.find(id);
    auto whole = found != state.known.end() && found->second.status == backup_status::complete;
    count(self, whole ? "complete" : "failed");
    auto told = whole ? completed(found->second, nullptr)
                      : failed(id, "It was cut short by a restart", nullptr);
    journal(self, {std::move(told)}, id);
  }
}

/// What could not be read for reasons of this machine says nothing about the backup.
void end_check(backups_self* self, const caf::expected<bool>& result) {
  auto& state = self->state;
  auto work = std::exchange(state.now, std::nullopt);
  auto& view = state.known[work->id];
  auto damaged = !result && is(result.error(), errc::invalid);
  view.status = damaged ? backup_status::damaged : backup_status::complete;
  view.problem = result ? "" : refusal_of(result.error()).detail;
  if (result) view.verified_at = state.wired->tell.now();
  if (!result)
    state.wired->tell.lines->error(
        "backup.not_verified", {{"id", work->id}, {"why", render(result.error())}}
    );
  count(self, result ? "verified" : damaged ? "damaged" : "failed");
  note_newest(self);
  if (!result && !damaged) return;
  auto type = result ? event_type::backup_verified : event_type::backup_damaged;
  backup_words words{view.problem};
  journal(self, {tell_of(type, work->id, work->by, result ? "" : json::encode(words))});
}

void step(backups_self* self) {
  auto& now = self->state.now;
  auto is_backup = now->job != nullptr;
  auto more = is_backup ? now->job->step() : now->check->step();
  if (more && *more) return self->send(self, step_atom::value);
  if (is_backup) return end_backup(self, more);
  end_check(self, more);
}

void begin_backup(backups_self* self, const std::string& note) {
  auto& state = self->state;
  auto& wired = *state.wired;
  auto& view = state.known[state.now->id];
  view.id = state.now->id;
  view.created_at = wired.tell.now();
  view.note = note;
  backup_wish wish{wired.data_dir,      wired.history_db,
                   wired.store_db,      view.id,
                   wired.site,          note,
                   view.created_at,     wired.options.reserve_mib * mebibyte,
                   wired.configuration, wired.key};
  state.now->since = self->clock().now();
  state.now->job = std::make_unique<backup_job>(state.folder->path(), std::move(wish));
  self->send(self, step_atom::value);
}

}  // namespace stellwerk
