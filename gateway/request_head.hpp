#pragma once

#include <caf/error.hpp>
#include <string>
#include <string_view>

#include "actors/model/call_context.hpp"
#include "gateway/http.hpp"

namespace stellwerk::gateway {

/// Of `Authorization: Bearer <token>`; empty if there is none, or more than one field.
std::string_view bearer_token(const http_request& request);

/// What is wrong with the fields of a head: media type, coding, `Idempotency-Key`. Puts that key
/// and the revision of `If-Match` into `context`. A tag that was never ours matches no revision.
/// `also_takes`: a media type of the body beside JSON; empty: none.
caf::error head_problems(
    const http_request& request, bool has_body, std::string_view also_takes, call_context& context
);
/// In lower case, without blanks, quotes and `charset=utf-8`; empty if there is none, or more than
/// one.
std::string media_type_of(const http_request& request);

/// SHA-256 of target and body, hexadecimal: two requests with one Idempotency-Key must agree in it.
std::string hash_of(const http_request& request, std::string_view body);

}  // namespace stellwerk::gateway
