#pragma once

#include <caf/expected.hpp>

#include "actors/model/exports.hpp"
#include "persistence/sample_database.hpp"

namespace stellwerk {

/// The piece that `what` asks for, out of `db` and of `heads`, as `read_page`.
caf::expected<export_piece> export_text(
    const database& db, const export_samples& what, const samples& heads
);

}  // namespace stellwerk
