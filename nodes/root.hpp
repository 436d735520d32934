#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace stellwerk {

/// A parent of the top level, by the name people know it by.
struct top_actor {
  std::string name;
  caf::actor handle;
};

/// Calls `died(name, reason)` once, on a thread of the actor system, when the first of `all` ends
/// without having been asked to. The answer is the watch itself: end it before stopping the others.
caf::actor watch_over(
    caf::actor_system& system, std::vector<top_actor> all,
    std::function<void(const std::string& name, const std::string& reason)> died
);

/// Tells each in turn to stop and waits for its end before telling the next. False if they needed
/// longer than `within` in all: the rest has been told, but not awaited.
bool stop_in_order(
    caf::actor_system& system, const std::vector<top_actor>& all, std::chrono::milliseconds within
);

}  // namespace stellwerk
