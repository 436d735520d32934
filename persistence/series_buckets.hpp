#pragma once

#include <caf/expected.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "persistence/rollup.hpp"
#include "persistence/sample_database.hpp"

namespace stellwerk {

inline constexpr std::uint32_t points_max = 5'000;
inline constexpr std::size_t series_chunks_max = 20'000;

/// Buckets of one width from `from` on: the k-th begins at from + k × width, the last one may end
/// after `to`.
struct bucket_grid {
  wall_time from{};
  wall_time to{};
  std::chrono::milliseconds width{1};

  std::int64_t index_of(wall_time when) const { return (when - from) / width; }
  wall_time begin(std::int64_t index) const { return from + index * width; }
};
/// At most `points` buckets. From eight minutes on a width is made of whole minutes, from eight
/// hours on of whole hours, from eight days on of whole days, so that its edges, too, are read from
/// roll-ups where `from` is such a moment. `invalid` unless from < to, both before the
/// year 10,000 and no further before 1970, and 1 ≤ points.
caf::expected<bucket_grid> grid_of(wall_time from, wall_time to, std::uint32_t points);

struct series_bucket {
  std::int64_t index = 0;
  rollup content;
};
/// Without those that are empty. The first change of a bucket is told against the bucket before.
using series_buckets = std::vector<series_bucket>;

/// Each of `series` on `grid`, as all were at one moment, told one after the other: out of the
/// roll-ups, of the chunks at the edges, and of `heads`, as for `read_page`. Where samples are no
/// longer kept, a minute counts as a whole where it begins. What it costs grows
/// with the buckets, not with the samples in them, as soon as these are longer than a minute.
///
/// `too_large` if over 20,000 chunks would have to be read; what `tell` gives, if that is an error;
/// anything else: a damaged chunk or row.
using tell_buckets = std::function<caf::error(std::size_t which, const series_buckets&)>;
caf::error read_buckets(
    const database& db, const std::vector<std::uint32_t>& series, const bucket_grid& grid,
    const samples& heads, const tell_buckets& tell
);

}  // namespace stellwerk
