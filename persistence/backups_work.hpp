#pragma once

#include <string>

#include "persistence/backups.hpp"

/// What the actor of backups does between a request and its end.
namespace stellwerk {

using backups_self = metered<backups_interface, backups_state>;
inline constexpr std::chrono::seconds journal_within{10};

event tell_of(event_type type, const std::string& id, const context_ptr& by, std::string data = {});
backup_view view_of(const sealed_manifest& made);
/// Tells when the newest whole one was begun.
void note_newest(backups_self* self);
/// Journals the end of a backup that a restart cut short.
void end_interrupted(backups_self* self);
/// Takes the lock for it.
caf::error remove_files(backups_self* self, const std::string& id);

/// REQUIRES: `now` names it, and its beginning is journaled.
void begin_backup(backups_self* self, const std::string& note);
/// One step of what is under way, and what follows from its end.
void step(backups_self* self);
void end_check(backups_self* self, const caf::expected<bool>& result);

}  // namespace stellwerk
