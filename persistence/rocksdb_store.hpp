#pragma once

#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "monitoring/followers.hpp"
#include "monitoring/log.hpp"
#include "monitoring/metered.hpp"
#include "persistence/journal_retention.hpp"
#include "persistence/store.hpp"
#include "persistence/store_writer.hpp"

namespace stellwerk {

struct store_options {
  std::string site = "main";
  bounded<std::uint32_t, 1, 10'000> once_keys_per_principal_max = 10'000;
  bounded<std::uint32_t, 1, 1'000'000> once_keys_max = 1'000'000;
  disk_options disk = {};
  journal_options journal = {};
  signing_key_ptr key = {};  // of the journal's anchors; null: there are none
};

struct rocksdb_store_state {
  static inline const char* name = "store";
  static constexpr std::size_t mailbox_max = 4096;
  using moment = std::chrono::steady_clock::time_point;

  struct waiting {
    caf::typed_response_promise<committed> caller;
    committed answer;
    moment since;
  };
  std::unique_ptr<store_writer> writer;
  std::unique_ptr<watermark> mark;
  std::optional<disk_room> disk;
  database_ptr db;
  std::unique_ptr<journal_retention> retention;
  bool in_run = false;   // of the retention
  bool anchors = false;  // the journal: there is a key
  std::vector<waiting> group;
  moment::duration write_took{};
  std::size_t expected = 0;  // commits in the next group, if those answered last come again
  std::size_t turns = 0;     // that this group was put off for
  stellwerk::followers<journal_follower> followers;
  std::optional<errc> stopped;     // by a failed write: nothing is taken any more
  std::optional<moment> mark_due;  // the watermark is behind
};

/// What it sends itself between the steps of the journal's retention.
using rocksdb_store_actor =
    store_actor::extend<caf::reacts_to<caf::atom_constant<caf::atom("trim")>>>;

/// The embedded store. Spawn it detached: it blocks on the disk. At most 1,024 commits or 4 MiB
/// share one synced write. The journal is anchored at each 1,000th entry, and what is new each
/// hour. A failed write is answered `outcome_unknown`; from then on every commit is refused until
/// the process has started anew; nothing is tried again. It does not come to that on a disk that
/// fills up: what the disk has no room for is refused before. At most 64 followers.
rocksdb_store_actor::behavior_type rocksdb_store(
    metered<rocksdb_store_actor, rocksdb_store_state>* self, database_ptr db, store_options options,
    instruments tools
);

}  // namespace stellwerk
