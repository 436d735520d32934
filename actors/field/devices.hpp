#pragma once

#include <caf/actor_system.hpp>
#include <caf/typed_actor.hpp>
#include <string>

#include "actors/field/device_rules.hpp"
#include "actors/field/names.hpp"
#include "actors/history/historian.hpp"
#include "actors/model/commands.hpp"
#include "actors/model/devices.hpp"
#include "monitoring/log.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

/// Owns device documents, names and summaries of link states; parent of every device and bus.
/// Answers all reads and lists; decides, with the same field rules on create and change; hands
/// commands to the device they are for. Each answer that changed something is durable.
using devices_actor = caf::typed_actor<
    caf::replies_to<create_device>::with<device_view>,
    caf::replies_to<list_devices>::with<device_page>,
    caf::replies_to<read_device>::with<device_view>,
    caf::replies_to<change_device>::with<device_view>, caf::replies_to<remove_device>::with<void>,
    caf::replies_to<restore_device>::with<device_view>,
    caf::replies_to<list_channels>::with<channel_page>,
    caf::replies_to<create_channel>::with<channel>, caf::replies_to<change_channel>::with<channel>,
    caf::replies_to<remove_channel>::with<void>, caf::replies_to<list_drivers>::with<driver_page>,
    caf::replies_to<send_command>::with<command_record>,
    caf::replies_to<await_outcome>::with<command_record>,
    caf::replies_to<read_command>::with<command_record>,
    caf::replies_to<cancel_command>::with<command_record>,
    caf::replies_to<list_commands>::with<command_page>,
    caf::replies_to<read_readiness>::with<field_readiness>>;

/// What the field is wired to.
struct devices_wiring {
  store_actor store;
  store_reader_actor reader;
  historian_actor history;
  name_table_ptr names;
  std::string site;
  device_rules rules;
  instruments tell;
};

/// Loads everything before it serves; until then requests are refused `not_ready`. Ends with an
/// error when the store does not answer: to be made anew, over the same table of names, by whoever
/// made it. A change that was on its way then is either loaded or was never made.
devices_actor spawn_devices(caf::actor_system& system, devices_wiring wired);

}  // namespace stellwerk
