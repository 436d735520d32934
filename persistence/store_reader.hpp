#pragma once

#include <optional>

#include "monitoring/log.hpp"
#include "monitoring/metered.hpp"
#include "persistence/journal_check.hpp"
#include "persistence/journal_export.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

struct store_reader_state {
  static inline const char* name = "reader";
  static constexpr std::size_t mailbox_max = 1024;
  database_ptr db;
  std::optional<journal_check> check;  // under way
  journal_verdict verdict;             // of the last one that ended
};

/// What it sends itself between the steps of a verification.
using store_reader_interface =
    store_reader_actor::extend<caf::reacts_to<caf::atom_constant<caf::atom("verify")>>>;

/// Spawn it detached, beside the store, on the same database. Verifies the journal at its start and
/// an hour after each end, 5,000 entries at a time between the questions it is asked.
///
/// A page of the journal looks at 50,000 entries at most: with a filter that few entries pass it
/// may be short, or empty, and still have a `next_cursor`. It holds what the context's grants let
/// see of the whole site (`event_table`); a type without a row needs `journal:read`.
///
/// With a key it exports the journal; of each export it tells `store` before it tells anybody else.
store_reader_interface::behavior_type store_reader(
    metered<store_reader_interface, store_reader_state>* self, database_ptr db, export_seal seal,
    store_actor store, instruments tools
);

}  // namespace stellwerk
