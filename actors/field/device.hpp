#pragma once

#include <caf/response_promise.hpp>
#include <caf/typed_actor.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/field/bus.hpp"
#include "actors/field/command_queue.hpp"
#include "actors/field/command_records.hpp"
#include "actors/field/drivers.hpp"
#include "actors/field/sample_filter.hpp"
#include "actors/history/historian.hpp"
#include "monitoring/log.hpp"
#include "monitoring/metered.hpp"

/// The device actor: what runs of one device. Private to `devices`, its parent.
namespace stellwerk {

/// What the parent is told of a device's link.
struct link_changed {
  std::string device_id;
  link_status link;
};
BOOST_DESCRIBE_STRUCT(link_changed, (), (device_id, link))
using link_listener = caf::typed_actor<caf::reacts_to<link_changed>>;

/// Be this from now on. `bus` is null while the line's actor is being made anew, and for devices
/// without a line; `by` is null if the node does not know its driver.
struct set_up_device {
  device_document document;
  bus_actor bus;
  const driver* by = nullptr;
  std::string no_bus = {};  // why there is none, for people

  bool pushed() const { return by != nullptr && by->pushed; }
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_up_device&) {
  return f();
}
/// A command, authorised by the parent, which has drawn its `id`.
struct carry_out {
  send_command what;
  std::string id;
};
BOOST_DESCRIBE_STRUCT(carry_out, (), (what, id))
/// The device was deleted: refuse what waits, decide what was sent within 5 s, answer, end.
struct retire_device {};
BOOST_DESCRIBE_STRUCT(retire_device, (), ())

using check_atom = caf::atom_constant<caf::atom("check")>;
using give_up_atom = caf::atom_constant<caf::atom("giveUp")>;
using told_atom = caf::atom_constant<caf::atom("told")>;

/// Owns a device's run-time state: link, staleness, command queue and outcomes. What the store does
/// not commit is tried again until it does; meanwhile samples go on.
using device_actor = bus_listener::extend<
    caf::reacts_to<set_up_device>, caf::replies_to<carry_out>::with<command_record>,
    caf::replies_to<await_outcome>::with<command_record>,
    caf::replies_to<cancel_command>::with<command_record>,
    caf::replies_to<list_commands>::with<command_page>, caf::replies_to<retire_device>::with<void>,
    caf::reacts_to<check_atom, std::uint64_t>, caf::reacts_to<told_atom, std::uint64_t>,
    caf::reacts_to<give_up_atom>>;

struct device_wiring {
  store_actor store;
  store_reader_actor reader;
  historian_actor history;
  link_listener parent;
  instruments tell;
};

struct device_state {
  static inline const char* name = "device";
  static constexpr std::size_t mailbox_max = 1000;
  static constexpr std::size_t waiters_max = 1000;

  using answer = caf::response_promise;  // of a command_record
  struct waiter {
    std::string id;  // of the command
    answer to;
  };

  device_wiring wired;
  set_up_device now;
  link_status link;
  link_state journaled{};
  bool journaling = false;
  command_queue::moment journal_after{};  // the store did not take the last try
  bool store_fails = false;               // and that was told
  command_queue queue;
  sample_filter filter;
  std::map<std::uint64_t, waiter> waiters;  // by the number of their timer
  std::uint64_t next_waiter = 0;
  std::map<std::string, context_ptr> asked_by;  // of what is to be committed, by command id
  std::optional<command_queue::moment> armed;
  std::uint64_t timer = 0;  // only the newest counts
  std::optional<caf::response_promise> retiring;
  double told_open = 0;  // commands, to the gauge

  ~device_state() {
    if (wired.tell.numbers) wired.tell.numbers->commands_open.Increment(-told_open);
  }
};
using device_self = metered<device_actor, device_state>;

/// `open`: its commands as stored, in order of acceptance.
device_actor::behavior_type device(
    device_self* self, device_wiring wired, set_up_device first, std::vector<open_command> open
);

// --- its parts, one file each
// ----------------------------------------------------------------------

/// device_link.cpp: what it is, how its line is, what of its samples is stored.
void set_up(device_self* self, set_up_device next);
void take_results(device_self* self, bus_results& seen);
void set_link(device_self* self, link_status next);
void store_samples(device_self* self, samples items);
void journal_link(device_self* self);
void recall(device_self* self);

/// device_commands.cpp: the command queue's hands.
void carry(device_self* self, carry_out& what, device_state::answer to);
void restore_commands(device_self* self, std::vector<open_command> open);
void refuse_unfit(device_self* self);
void pump(device_self* self);
void answer_when_final(device_self* self, const await_outcome& what, device_state::answer to);
void cancel(device_self* self, const cancel_command& what, device_state::answer to);
void retire(device_self* self, caf::response_promise to);

/// device_commits.cpp: what of a command becomes durable; each until it is.
void accept(
    device_self* self, const command_record& record, const context_ptr& by, device_state::answer to
);
void accept_again(device_self* self, const std::string& id);
void mark_sent(device_self* self, const std::string& id);
void end(device_self* self, const std::string& id, const command_end& how);

/// device.cpp: sets its one timer to whatever is due first.
void arm(device_self* self);

}  // namespace stellwerk
