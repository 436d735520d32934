#pragma once

#include "actors/history/historian.hpp"

/// The parts of `historian`, a file each; nobody else includes this.
namespace stellwerk {

using historian_self = metered<historian_interface, historian_state>;

// historian.cpp
void stop_serving(historian_self* self, const instruments& tools, const caf::error& why);

// historian_keeping.cpp
void begin_keeping(historian_self* self, const history_keeping& keeping, const instruments& tools);
/// Once a minute: is there something to be deleted, or to be told?
void look_for_old(historian_self* self, const history_keeping& keeping, const instruments& tools);
/// A step of what is being deleted.
void drop_some(historian_self* self, const history_keeping& keeping, const instruments& tools);
/// Where samples of a series' minute are deleted, its roll-up could not be made anew.
void refuse_old(append_samples& what, const retention_run& kept);

}  // namespace stellwerk
