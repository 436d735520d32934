#pragma once

#include <caf/response_promise.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/field/device.hpp"
#include "actors/field/devices.hpp"
#include "actors/field/respawn.hpp"

/// The inside of `devices`, for its own files only.
namespace stellwerk {

using again_atom = caf::atom_constant<caf::atom("again")>;
using bus_again_atom = caf::atom_constant<caf::atom("busAgain")>;
using prune_atom = caf::atom_constant<caf::atom("prune")>;

using devices_inside = devices_actor::extend<
    caf::reacts_to<link_changed>, caf::reacts_to<again_atom, std::string>,
    caf::reacts_to<bus_again_atom, std::string>, caf::reacts_to<prune_atom>>;

struct device_entry {
  device_document document;
  std::uint64_t revision = 0;
  std::vector<std::string> tags;
  link_status link;
  std::string line;    // key of its line; empty: it has none
  device_actor actor;  // null until it is made anew
  respawn_delay delay;
};

/// A bus and the devices on it.
struct device_line {
  const driver* by = nullptr;
  json_text settings;  // of the device that opened it
  std::set<std::string> devices;
  bus_actor bus;       // null until it is made anew
  std::string no_bus;  // why, for people
  respawn_delay delay;
};

struct devices_state {
  static inline const char* name = "devices";
  static constexpr std::size_t mailbox_max = 10'000;
  static constexpr std::size_t turns_max = 100;      // changes that wait for one device
  static constexpr std::size_t owners_max = 10'000;  // commands whose device is known by heart

  devices_wiring wired;
  bool loaded = false;
  std::uint32_t next_series = 1;
  std::map<std::string, device_entry> by_id;
  std::unordered_map<std::string, std::string> by_name;  // lower name → id
  std::set<std::pair<wall_time, std::string>> by_age;
  std::set<std::string> unreadable;  // ids of devices that are stored and cannot be read
  std::map<std::string, device_line> lines;
  std::size_t buses = 0;
  std::size_t creating = 0;
  /// Devices that are being changed, each with the changes that wait for their turn.
  std::map<std::string, std::deque<std::function<void()>>> turns;
  std::unordered_map<std::string, std::string> command_owners;  // command id → device id
  std::deque<std::string> command_order;                        // the oldest first
  std::string pruned_to;  // key of the last final command that was looked at
  bool prunes = false;    // the last step found some to forget

  /// However it ends, its children end with it.
  ~devices_state();
};
using devices_self = metered<devices_inside, devices_state>;
using open_commands = std::vector<open_command>;

/// What a request wants of which device.
struct device_wish {
  context_ptr context;
  std::string device;  // id or name
  permission wanted{};
  std::string channel = {};  // that problems are about; empty: the device itself
  bool makes = false;        // something: then the context's Idempotency-Key counts
};

// --- devices_list.cpp: what is there, as the caller may see it
// ------------------------------------

/// not_ready, not_found (also for what the caller may not know of), forbidden.
caf::expected<device_entry*> find_device(devices_self* self, const device_wish& wish);
bool may(
    devices_self* self, const context_ptr& context, permission wanted, const std::string& id,
    const std::vector<std::string>& tags
);
device_view view_of(const device_entry& entry);
caf::result<device_page> list_of(devices_self* self, const list_devices& what);
driver_page list_of(std::span<const driver> drivers);

// --- devices_change.cpp: one commit a change, one change a device at a time
// -----------------------

/// What becomes of a device's document; or why not.
using device_edit = std::function<caf::expected<device_document>(const device_document&)>;
/// The device after its change; null with `why`.
using device_done = std::function<void(const caf::error& why, const device_entry*)>;

/// A device's changes, one after the other: each sees what the one before has left. `act` must
/// lead to `end_turn`. False if too many wait already.
bool take_turn(devices_self* self, const std::string& id, std::function<void()> act);
void end_turn(devices_self* self, const std::string& id);
struct planned_change {
  device_document after;
  commit what;
};
/// Commits; then memory, names and children follow; then `done`. Ends the turn.
void submit(devices_self* self, planned_change plan, device_done done);
/// What the store's refusal means to who asked.
caf::error told(const caf::error& why, const device_document& after);
/// A store that does not answer leaves unknown what it did: only loading again tells.
void look_at(devices_self* self, const caf::error& why);

void create(devices_self* self, const create_device& what, device_done done);
void edit_device(devices_self* self, device_wish wish, device_edit edit, device_done done);
/// The store did not do what it must.
void start_over(devices_self* self, const caf::error& why);

// --- devices_removal.cpp
// --------------------------------------------------------------------------

/// `done` gets no device.
void remove(devices_self* self, device_wish wish, std::function<void(const caf::error&)> done);
void restore(devices_self* self, device_wish wish, device_done done);

// --- devices_edits.cpp: requests as edits
// ---------------------------------------------------------

device_edit patched(const json_text& patch);
device_edit with_channel(const channel& added);
device_edit with_channel_patched(const std::string& name, const json_text& patch);
device_edit without_channel(const std::string& name);

// --- devices_children.cpp: device actors and buses
// ------------------------------------------------

/// Takes a device, new or changed, into everything that is kept in memory, and tells its actor.
device_entry& adopt(devices_self* self, device_document document, std::uint64_t revision);
/// The opposite, but for its line and its actor.
device_entry release(devices_self* self, const std::string& id);
/// Its line forgets it.
void drop_from_line(devices_self* self, const std::string& line, const std::string& device_id);
void leave_line(devices_self* self, const std::string& line, const std::string& device_id);
void spawn_device(devices_self* self, device_entry& entry, open_commands open);
void child_ended(devices_self* self, const caf::down_msg& down);
void respawn_device(devices_self* self, const std::string& id);
void respawn_bus(devices_self* self, const std::string& line);
void take_link(devices_self* self, const link_changed& what);

// --- devices_load.cpp
// -----------------------------------------------------------------------------

void load(devices_self* self);
/// All open commands whose key begins with `prefix`.
void read_open(
    devices_self* self, std::string prefix, std::function<void(caf::expected<open_commands>)> then
);
/// Ends commands whose device is no more; then calls `then`. What the store does not commit now is
/// ended by the next load.
void end_orphans(devices_self* self, open_commands open, std::function<void()> then);

// --- devices_prune.cpp
// ----------------------------------------------------------------------------

/// Forgets final commands after 90 days, a few at a time, for ever.
void prune_commands(devices_self* self);

// --- devices_commands.cpp: the way to a command's device
// ------------------------------------------

using command_answer = caf::response_promise;
void send_to_device(devices_self* self, const send_command& what, command_answer to);
void await_final(
    devices_self* self, const await_outcome& what, permission wanted, command_answer to
);
void cancel_waiting(devices_self* self, const cancel_command& what, command_answer to);
caf::result<command_page> list_of(devices_self* self, const list_commands& what);

}  // namespace stellwerk
