#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/client_address.hpp"

namespace stellwerk::gateway {

inline constexpr std::string_view stream_protocol = "stellwerk.stream.v1";

/// What is wrong with a request to upgrade: 405 for other methods than GET, 426 without an upgrade
/// to version 13 of WebSocket, 400 for a bad key or none of our subprotocols, 403 for an `Origin`
/// that is neither our own nor listed.
std::optional<http_answer> upgrade_fault(
    const http_request& request, const std::vector<std::string>& origins,
    const address_ranges& trusted_proxies
);

/// Is `word` in the comma-separated field, whatever its case?
bool lists_word(const http_request& request, std::string_view field, std::string_view word);

}  // namespace stellwerk::gateway
