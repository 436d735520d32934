#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/field/modbus_work.hpp"
#include "monitoring/metered.hpp"

namespace stellwerk {

/// To itself: there may be work for the line. Older generations are of a sleep that was cut short.
struct modbus_tick {
  std::uint64_t generation = 0;
  bool last = false;  // all mail from before the end is read: go
};
BOOST_DESCRIBE_STRUCT(modbus_tick, (), (generation, last))
using modbus_bus_actor = bus_actor::extend<caf::reacts_to<modbus_tick>>;

struct modbus_bus_state {
  static inline const char* name = "modbus_bus";
  static constexpr std::size_t mailbox_max = 8192;  // all units at once, and their writes
  std::optional<modbus_work> work;
  std::uint64_t generation = 0;
  bool awake = false;   // a tick is in the mailbox
  caf::error stopping;  // why it ends
};

/// Mail kicks its line.
class modbus_bus_self : public metered<modbus_bus_actor, modbus_bus_state> {
 public:
  using metered::metered;

  using metered::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* unit) override {
    auto own = what->sender.get() == ctrl();
    metered::enqueue(std::move(what), unit);
    if (!own) kick.kick();
  }

  line_kick kick;
};

/// The bus of one Modbus TCP server; blocks, so spawn it detached. Mail is read between any two
/// requests, and ends a wait for a unit that does not answer after at most 1 s. It sleeps while
/// nothing is due. When it is told to end, writes that wait, and those still in its mailbox, end as
/// `stopped`.
modbus_bus_actor::behavior_type modbus_bus(
    modbus_bus_self* self, const std::string& host, std::uint16_t port,
    const field_options& options, const instruments& tell
);

}  // namespace stellwerk
