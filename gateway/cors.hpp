#pragma once

#include <string>
#include <vector>

#include "gateway/http.hpp"

namespace stellwerk::gateway {

/// Is the request's `Origin` in the list, byte for byte? False without one.
bool is_listed_origin(const http_request& request, const std::vector<std::string>& origins);

/// What a listed origin is told beside the answer; others are told nothing.
void add_origin_fields(
    http_answer& answer, const http_request& request, const std::vector<std::string>& origins
);

/// The answer to OPTIONS: 204, with what is granted to a listed origin; 403 to a pre-flight of
/// another. `methods`: what the path knows.
http_answer options_answer(
    const http_request& request, const std::vector<std::string>& origins, std::string methods
);

}  // namespace stellwerk::gateway
