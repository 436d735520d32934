#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/parameters.hpp"
#include "gateway/route.hpp"

namespace stellwerk::gateway {

/// `/a/b%20c` → `a`, `b c`. Decoded once; empty parts, `.`, `..`, and escaped or plain `/`, `\`,
/// `;` in a part match nothing: false.
bool path_parts(std::string_view path, std::vector<std::string>& parts);

/// Finds the row of a method and path. Case-sensitive, exact; words win over `{names}`.
class router {
 public:
  explicit router(std::vector<const route*> rows);

  struct match {
    const route* row = nullptr;  // null: see `allowed`
    parameters in_path;
    std::string allowed;  // methods that the path knows, for 405; empty: 404
  };
  match find(http_method method, std::string_view path) const;

 private:
  struct entry {
    const route* row;
    std::vector<std::string_view> parts;
  };
  std::vector<std::vector<entry>> by_size_;  // of their paths, in parts
};

}  // namespace stellwerk::gateway
