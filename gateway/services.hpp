#pragma once

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/typed_actor.hpp>
#include <memory>
#include <string>

#include "actors/access/access_table.hpp"
#include "actors/access/limiter.hpp"
#include "actors/access/token.hpp"
#include "actors/field/devices.hpp"
#include "actors/field/names.hpp"
#include "actors/history/historian.hpp"
#include "actors/history/streams.hpp"
#include "actors/model/backups.hpp"
#include "actors/model/identity.hpp"
#include "actors/model/journal_queries.hpp"
#include "monitoring/log.hpp"

namespace stellwerk::gateway {

// Of some actors the gateway asks a part only; typed actors convert to a part of themselves.

using log_in_actor = caf::typed_actor<
    caf::replies_to<complete_setup>::with<token_pair>, caf::replies_to<log_in>::with<token_pair>,
    caf::replies_to<refresh_login>::with<token_pair>, caf::replies_to<log_out>::with<void>>;
using sample_store_actor = caf::typed_actor<
    caf::replies_to<append_samples>::with<post_answer>,
    caf::replies_to<read_latest>::with<latest_values>>;
using sample_range_actor = caf::typed_actor<
    caf::replies_to<read_range>::with<range_page>,
    caf::replies_to<read_series>::with<series_answer>,
    caf::replies_to<export_samples>::with<export_piece>>;
using journal_actor = caf::typed_actor<
    caf::replies_to<query_journal>::with<journal_page>,
    caf::replies_to<read_journal>::with<journal_slice>,
    caf::replies_to<explain_entry>::with<explanation>,
    caf::replies_to<read_verdict>::with<journal_verdict>,
    caf::replies_to<read_journal_keys>::with<journal_keys>,
    caf::replies_to<export_journal>::with<journal_piece>>;
using backups_keeper = caf::typed_actor<
    caf::replies_to<create_backup>::with<backup_view>,
    caf::replies_to<list_backups>::with<backup_list>,
    caf::replies_to<read_backup>::with<backup_view>,
    caf::replies_to<verify_backup>::with<backup_view>, caf::replies_to<remove_backup>::with<void>>;

/// What `/health` tells, kept by whoever knows: read by I/O threads without asking anybody.
struct readiness {
  std::atomic<bool> ready = false;      // everything is loaded
  std::atomic<bool> stopping = false;   // set by the server's own `stop`, too
  std::atomic<bool> store_ok = true;    // commits are taken
  std::atomic<bool> history_ok = true;  // samples are taken
  std::atomic<bool> disk_ok = true;     // there is room for everything
  std::atomic<bool> journal_ok = true;  // the last verification found a whole chain
  std::atomic<bool> demo = false;
};

/// All that the gateway needs of the rest of a node. Handles are of parents, never of children.
struct services {
  caf::actor_system& system;
  instruments tools;
  std::string site;
  std::shared_ptr<readiness> health;
  access_table_ptr access;
  token_keys keys;
  token_rule rule;  // of access tokens
  name_table_ptr names;
  limiter_shards limiters;  // never empty
  log_in_actor accounts;
  devices_actor devices;
  sample_store_actor historian;
  sample_range_actor history;
  journal_actor journal;
  streams_actor streams;
  backups_keeper backups;
};

}  // namespace stellwerk::gateway
