#pragma once

#include "nodes/options.hpp"

namespace stellwerk {

namespace exit_code {
inline constexpr int asked_to_stop = 0;
inline constexpr int configuration_refused = 2;
inline constexpr int storage_refused = 3;
inline constexpr int part_gave_up = 70;
}  // namespace exit_code

/// Builds a node bottom-up, serves until SIGTERM, SIGINT or the end of a top-level actor, stops it
/// top-down. A stop that takes more than 8 s, or a second signal, ends the process at once with
/// part_gave_up: all that was acknowledged is on the disk. SIGHUP is ignored.
/// Throws storage_error, part_not_ready, and std::runtime_error for addresses that cannot be had.
int run(const node_options& options, run_facts facts);

}  // namespace stellwerk
