#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace stellwerk::house {

/// A file of the repository; `path` is relative to its root.
struct source {
  std::string path;
  std::string text;
  std::string code = {};  ///< `text` with comments and the insides of literals blanked, same length
};

using tree = std::vector<source>;

/// A place that breaks a rule. `offset` counts bytes from the start of the file.
struct breach {
  std::size_t offset = 0;
  std::string why = {};
};

using check = std::function<std::vector<breach>(const source&, const tree&)>;

/// One house rule with its own proof: `bad` must be found, `good` must not.
struct rule {
  std::string name;
  std::string files;   ///< regex over the path: where the rule holds
  std::string except;  ///< regex over the path: where it does not; empty: nowhere
  check finds;
  source bad;
  source good;

  friend void PrintTo(const rule& law, std::ostream* out) { *out << law.name; }
};

const std::vector<rule>& rules();

/// `path:line: rule: why`, one entry a breach.
std::vector<std::string> breaches_of(const rule& law, const source& file, const tree& all);

/// All text files of the repository, without what is built or fetched.
tree read_tree(const std::filesystem::path& root);

/// A file as `read_tree` gives it.
source make_source(std::string path, std::string text);

// --- checks that need more than a pattern
// ---------------------------------------------------------

/// Every match of `pattern` (Perl syntax, `^` and `$` at lines) in the code or in the whole text.
check bans_in_code(std::string pattern, std::string why);
check bans_in_text(std::string pattern, std::string why);
check bans_in_path(std::string pattern, std::string why);

/// Quoted includes stay within what the layer of the file may see.
std::vector<breach> wrong_directions(const source& file, const tree& all);
/// Quoted includes name a file from the root of the repository.
std::vector<breach> unknown_includes(const source& file, const tree& all);
/// No `{` and no `? co_await` in a statement that awaits: g++ 12 miscompiles both.
std::vector<breach> miscompiled_awaits(const source& file, const tree& all);
/// Sources that no CMakeLists.txt compiles, tests in folders that ctest does not know.
std::vector<breach> dead_sources(const source& file, const tree& all);
std::vector<breach> too_many_lines(const source& file, const tree& all);
std::vector<breach> too_wide_lines(const source& file, const tree& all);
std::vector<breach> too_long_functions(const source& file, const tree& all);

}  // namespace stellwerk::house
