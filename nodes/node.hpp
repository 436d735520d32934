#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "actors/access/accounts.hpp"
#include "gateway/services.hpp"
#include "nodes/root.hpp"
#include "nodes/run.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

/// The actors of one node, built bottom-up. Nothing is served yet; see `run`.
struct node {
  store_actor store;
  accounts_actor accounts;
  std::shared_ptr<gateway::services> services;
  std::vector<top_actor> parents;  // in the order in which they are stopped
};

/// A part did not get ready when the node was started.
struct part_not_ready : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Opens both databases and spawns every top-level actor. Throws storage_error.
node build_node(
    caf::actor_system& system, const node_options& options, run_facts facts, instruments tools
);

/// Waits until users, devices and open commands are loaded; makes the demo's devices if it is a
/// demo without any. Answers whether somebody may administer. Throws part_not_ready, at the latest
/// after 60 s.
bool load_node(caf::actor_system& system, const node& built, bool demo);

/// Where the setup token of a data folder lies.
std::string setup_token_file(const node_options& options);

}  // namespace stellwerk
