#pragma once

#include <caf/expected.hpp>

#include "actors/model/journal_queries.hpp"
#include "persistence/journal_search.hpp"
#include "persistence/store_database.hpp"

/// Reading the store's database; each call is bounded in entries and bytes.
namespace stellwerk {

inline constexpr std::size_t page_bytes_max = 4 << 20;

/// Newest first; only what the context's grants let see of the whole site. May be short, or empty,
/// and yet have a `next_cursor`, where the search came to its bounds.
caf::expected<journal_page> page_of(
    const database& db, const query_journal& what, const search_bounds& bounds = {}
);
/// Ascending, at most 10,000 and, but for a first larger one, 4 MiB.
caf::expected<journal_slice> slice_of(const database& db, const read_journal& what);

}  // namespace stellwerk
