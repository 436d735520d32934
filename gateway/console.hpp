#pragma once

#include <string_view>

#include "gateway/http.hpp"

namespace stellwerk::gateway {

/// A file of the console, embedded when the gateway is built.
struct console_file {
  std::string_view path;  // as asked for: `/app.js`; index.html is `/`
  std::string_view etag;  // of its content, quoted
  std::string_view bytes;
};

/// Null for paths that are no file of the console.
const console_file* find_console_file(std::string_view path);

/// The file, or 304 if the request has it already.
http_answer console_answer(const console_file& file, const http_request& request);

}  // namespace stellwerk::gateway
