#pragma once

#include <caf/expected.hpp>

#include "actors/model/journal_queries.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

/// Follows the links of an entry, and of what they lead to: causes backwards, consequences
/// forwards, at most 50 each way. What the caller may not see is neither told nor followed.
/// `not_found` if there is no such entry for this caller.
caf::expected<explanation> explanation_of(const database& db, const explain_entry& what);

}  // namespace stellwerk
