#include "gateway/console.hpp"

#include <algorithm>
#include <span>

namespace stellwerk::gateway {

/// Written by console_files.cmake from the folder console/.
std::span<const console_file> console_files();

namespace {

literal type_of(std::string_view path) {
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "text/html; charset=utf-8";
}

}  // namespace

const console_file* find_console_file(std::string_view path) {
  auto all = console_files();
  auto found = std::ranges::find(all, path, &console_file::path);
  return found == all.end() ? nullptr : &*found;
}

http_answer console_answer(const console_file& file, const http_request& request) {
  http_answer made{.cache = "no-cache"};
  made.fields.push_back({"ETag", std::string{file.etag}});
  if (request.field("if-none-match") == file.etag) {
    made.status = 304;
    return made;
  }
  made.type = type_of(file.path);
  made.body = file.bytes;
  return made;
}

}  // namespace stellwerk::gateway
