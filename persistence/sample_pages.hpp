#pragma once

#include <caf/expected.hpp>
#include <functional>

#include "persistence/sample_database.hpp"
#include "persistence/sample_records.hpp"

namespace stellwerk {

inline constexpr std::size_t page_series_max = 20;
inline constexpr std::size_t page_samples_max = 10'000;

/// The page that `what` asks for, out of the chunks in `db` and of `heads`: what the heads of these
/// series held, in the order written, at a moment before this call. So a head that becomes a chunk
/// in between is read twice, and merged, but never missed. The cost of a page does not depend on
/// how much lies before or behind it.
///
/// `invalid` beyond the two limits; `too_large` if over 1,024 chunks overlap at one moment;
/// anything else: a damaged chunk, nothing of which is shown.
caf::expected<range_page> read_page(
    const database& db, const read_range& what, const samples& heads
);

/// The same samples one by one, whatever the limit says, until `take` refuses one: then there is
/// more. Answers with that.
using sample_taker = std::function<bool(const sample&)>;
caf::expected<bool> read_ascending(
    const database& db, const read_range& what, const samples& heads, const sample_taker& take
);

}  // namespace stellwerk
