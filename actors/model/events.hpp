#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/call_context.hpp"
#include "actors/model/codec.hpp"

namespace stellwerk {

/// Everything that is ever journaled. Stored by name, so order is free.
enum class event_type : std::uint8_t {
  node_started,
  node_stopped,
  auth_setup_completed,
  auth_login_succeeded,
  auth_login_failed,
  auth_logout,
  auth_refresh_reused,
  authz_denied,
  device_created,
  device_updated,
  device_deleted,
  device_restored,
  device_state_changed,
  channel_created,
  channel_updated,
  channel_deleted,
  command_accepted,
  command_sent,
  command_verified,
  command_done,
  command_refused,
  command_expired,
  command_superseded,
  command_failed,
  samples_sequence_gap,
  samples_exported,
  history_dropped,
  backup_started,
  backup_completed,
  backup_failed,
  backup_verified,
  backup_damaged,
  backup_deleted,
  backup_restored,
  journal_dropped,
  journal_exported,
};

struct event_row {
  event_type type;
  std::string_view name;
  permission seen_by;  // who may read it, in queries and streams
};

inline constexpr std::array event_table{
    event_row{event_type::node_started, "node.started", permission::site_read},
    event_row{event_type::node_stopped, "node.stopped", permission::site_read},
    event_row{event_type::auth_setup_completed, "auth.setup.completed", permission::journal_read},
    event_row{event_type::auth_login_succeeded, "auth.login.succeeded", permission::journal_read},
    event_row{event_type::auth_login_failed, "auth.login.failed", permission::journal_read},
    event_row{event_type::auth_logout, "auth.logout", permission::journal_read},
    event_row{event_type::auth_refresh_reused, "auth.refresh.reused", permission::journal_read},
    event_row{event_type::authz_denied, "authz.denied", permission::journal_read},
    event_row{event_type::device_created, "device.created", permission::device_read},
    event_row{event_type::device_updated, "device.updated", permission::device_read},
    event_row{event_type::device_deleted, "device.deleted", permission::device_read},
    event_row{event_type::device_restored, "device.restored", permission::device_read},
    event_row{event_type::device_state_changed, "device.state_changed", permission::device_read},
    event_row{event_type::channel_created, "channel.created", permission::device_read},
    event_row{event_type::channel_updated, "channel.updated", permission::device_read},
    event_row{event_type::channel_deleted, "channel.deleted", permission::device_read},
    event_row{event_type::command_accepted, "command.accepted", permission::device_read},
    event_row{event_type::command_sent, "command.sent", permission::device_read},
    event_row{event_type::command_verified, "command.verified", permission::device_read},
    event_row{event_type::command_done, "command.done", permission::device_read},
    event_row{event_type::command_refused, "command.refused", permission::device_read},
    event_row{event_type::command_expired, "command.expired", permission::device_read},
    event_row{event_type::command_superseded, "command.superseded", permission::device_read},
    event_row{event_type::command_failed, "command.failed", permission::device_read},
    event_row{event_type::samples_sequence_gap, "samples.sequence_gap", permission::device_read},
    event_row{event_type::samples_exported, "samples.exported", permission::journal_read},
    event_row{event_type::history_dropped, "history.dropped", permission::site_read},
    event_row{event_type::backup_started, "backup.started", permission::journal_read},
    event_row{event_type::backup_completed, "backup.completed", permission::journal_read},
    event_row{event_type::backup_failed, "backup.failed", permission::journal_read},
    event_row{event_type::backup_verified, "backup.verified", permission::journal_read},
    event_row{event_type::backup_damaged, "backup.damaged", permission::journal_read},
    event_row{event_type::backup_deleted, "backup.deleted", permission::journal_read},
    event_row{event_type::backup_restored, "backup.restored", permission::journal_read},
    event_row{event_type::journal_dropped, "journal.dropped", permission::journal_read},
    event_row{event_type::journal_exported, "journal.exported", permission::journal_read},
};
static_assert(
    [] {
      for (std::size_t i = 0; i < event_table.size(); ++i)
        if (static_cast<std::size_t>(event_table[i].type) != i) return false;
      return true;
    }(),
    "event_table is indexed by type"
);
constexpr std::string_view name_of(event_type type) {
  return event_table[static_cast<std::size_t>(type)].name;
}
/// Null for a name that no table row has.
constexpr const event_row* event_row_of(std::string_view name) {
  for (auto& row : event_table)
    if (row.name == name) return &row;
  return nullptr;
}

/// Who did it, as the journal shows it.
struct actor_info {
  std::string principal;  // `user/<id>`, `device/<id>`, `node`; empty for nobody known
  std::string name;
  std::string address;
};
BOOST_DESCRIBE_STRUCT(actor_info, (), (principal, name, address))

/// Something that happened, to be committed with the change that it tells of.
struct event {
  event_type type{};
  std::string subject;  // `device/pump-1`, `command/<id>`
  actor_info actor;
  std::string request_id;
  std::string cause;
  json_text data;  // an object; never a secret
};

/// An event by `context`'s principal; by the node itself if there is none.
event make_event(
    event_type type, std::string subject, const context_ptr& context, json_text data = {}
);

/// A stored event: one link of the hash chain.
struct journal_entry {
  std::uint64_t seq = 0;  // from 1, without gaps
  wall_time time{};
  std::string site;
  std::string type;
  std::string subject;
  actor_info actor;
  std::string request_id;
  std::string cause;
  json_text data;
  std::string hash;  // SHA-256(previous hash ‖ stored bytes), hexadecimal
};
BOOST_DESCRIBE_STRUCT(
    journal_entry, (), (seq, time, site, type, subject, actor, request_id, cause, data, hash)
)

/// Entries in order of `seq` as they are stored (persistence/journal.hpp reads them), shared by all
/// readers; local to the process.
using journal_batch = std::shared_ptr<const std::vector<std::string>>;

}  // namespace stellwerk
