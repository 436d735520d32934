#pragma once

#include <caf/expected.hpp>

#include "actors/model/journal_queries.hpp"
#include "persistence/store_database.hpp"

/// Reading the store's database; each call is bounded in entries and bytes.
namespace stellwerk {

inline constexpr std::size_t page_bytes_max = 4 << 20;
inline constexpr std::uint32_t looked_at_max = 50'000;

/// Newest first; only what the context's grants let see of the whole site.
caf::expected<journal_page> page_of(const database& db, const query_journal& what);
/// Ascending, at most 10,000 and, but for a first larger one, 4 MiB.
caf::expected<journal_slice> slice_of(const database& db, const read_journal& what);

}  // namespace stellwerk
