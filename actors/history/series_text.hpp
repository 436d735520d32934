#pragma once

#include "actors/model/series.hpp"
#include "persistence/series_buckets.hpp"

namespace stellwerk {

/// The buckets of a channel of `type` as JSON; those without a sample of that kind are left out. An
/// average has twelve digits.
bucket_list series_text(const series_buckets& buckets, const bucket_grid& grid, value_type type);

/// The first bucket that `to` cuts, or that is not over `now`; empty if all are whole.
std::optional<wall_time> partial_from(const bucket_grid& grid, wall_time now);

}  // namespace stellwerk
