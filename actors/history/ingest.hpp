#pragma once

#include <caf/expected.hpp>
#include <string_view>

#include "actors/field/names.hpp"
#include "actors/model/samples.hpp"

namespace stellwerk {

inline constexpr std::size_t posted_samples_max = 10'000;

/// What a client posted as what the historian stores: series numbers for names, each value of its
/// channel's type, `now` where no time was given. What cannot be taken is in `refused` with its
/// index, ascending, so that items + refused = posted. `errc::invalid` for none or more than
/// `posted_samples_max` samples, and for a `source` without `seq` or the other way round.
caf::expected<append_samples> ingest(
    const post_samples& posted, published<named_channel>::reader& names, std::string_view site,
    wall_time now
);

}  // namespace stellwerk
