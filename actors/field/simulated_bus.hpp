#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "actors/field/bus.hpp"
#include "actors/field/bus_breaker.hpp"
#include "actors/field/simulated_profile.hpp"
#include "monitoring/log.hpp"
#include "monitoring/metered.hpp"

namespace stellwerk {

/// To itself: units are due.
struct simulated_tick {
  std::uint64_t generation = 0;
};
BOOST_DESCRIBE_STRUCT(simulated_tick, (), (generation))
using simulated_bus_actor = bus_actor::extend<caf::reacts_to<simulated_tick>>;

struct simulated_bus_state {
  static inline const char* name = "simulated_bus";
  static constexpr std::size_t mailbox_max = 65'536;  // all devices at once, and their writes
  static constexpr std::size_t units_max = 20'000;    // a further one is reported offline

  struct point {
    channel what;
    simulated_profile signal;
    value held;  // what it showed last; of outputs, what was written
    steady_moment due;
    std::int64_t steps = 0;  // periods since the first sample
  };
  struct unit {
    bus_listener listener;
    steady_moment base;                               // where its grid starts
    std::unordered_map<std::uint32_t, point> points;  // by series
    steady_moment due = steady_moment::max();
  };
  std::map<std::string, unit> units;
  std::set<std::pair<steady_moment, std::string>> queue;  // units by due moment
  std::uint64_t generation = 0;
};

/// One bus for all simulated devices; cooperative. Inputs follow their profile, outputs keep what
/// is written and begin with their safe value, else the profile's base. A unit is always online.
simulated_bus_actor::behavior_type simulated_bus(
    metered<simulated_bus_actor, simulated_bus_state>* self, const instruments& tell
);

}  // namespace stellwerk
