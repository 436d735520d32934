#pragma once

#include <string>

#include "gateway/route.hpp"

namespace stellwerk::gateway {

/// OpenAPI 3.1 of the rows: what a client can be generated from. Nothing in it is written twice.
std::string openapi_document(const std::vector<const route*>& rows);

}  // namespace stellwerk::gateway
