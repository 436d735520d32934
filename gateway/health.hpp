#pragma once

#include <optional>

#include "gateway/http.hpp"
#include "gateway/services.hpp"

namespace stellwerk::gateway {

/// `/health`, `/health/live`, `/health/ready`: from memory alone, so that they answer when nothing
/// else does. Empty for other paths. 503 where the node is not ready, but for `live`.
std::optional<http_answer> health_answer(
    std::string_view path, const services& all, bool setup_required,
    std::chrono::steady_clock::duration up
);

}  // namespace stellwerk::gateway
