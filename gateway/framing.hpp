#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http.hpp"

namespace stellwerk::gateway {

/// Where the head ends: the offset behind its empty line; npos if more bytes are needed.
std::size_t head_end(std::string_view bytes);

/// No further byte can make a valid head of it: nobody should wait for them.
bool is_hopeless(std::string_view unfinished);

/// What RFC 9112 forbids in a request's head and lenient parsers forgive, so that a proxy in front
/// and this server always agree on where a request ends: bare CR and LF, NUL and other controls,
/// blanks around names and in the request line, folded lines, several lengths, a length beside a
/// coding, codings other than `chunked`. `head` ends with its empty line.
std::optional<http_errc> framing_fault(std::string_view head);

/// Cuts an absolute form whose authority equals `host` down to its path; `*` stays with OPTIONS
/// alone. False: a target that is none for us.
bool to_origin_form(std::string& target, std::string_view host, http_method method);

/// Of one field's value: a length is digits alone, 18 at most.
bool is_length(std::string_view value);

}  // namespace stellwerk::gateway
