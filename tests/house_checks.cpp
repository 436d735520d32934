#include <algorithm>
#include <array>
#include <boost/regex.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/house_rules.hpp"

namespace stellwerk::house {

namespace {

constexpr std::ptrdiff_t lines_max = 300;
constexpr std::ptrdiff_t function_lines_max = 70;
constexpr std::ptrdiff_t columns_max = 100;

/// Comments and the insides of literals become blanks, so that patterns see code alone.
std::string code_of(const std::string& text) {
  static const boost::regex not_code(
      R"re(//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|(?<!\w)'(?:[^'\\\n]|\\.)+')re"
  );
  auto code = text;
  for (boost::sregex_iterator hit(text.begin(), text.end(), not_code), end; hit != end; ++hit) {
    auto from = static_cast<std::size_t>(hit->position()) + 1;
    auto to = from + static_cast<std::size_t>(hit->length()) - 2;
    if (text[from - 1] == '/') {  // a comment goes whole, a literal keeps its quotes
      --from;
      ++to;
    }
    for (; from < to; ++from)
      if (code[from] != '\n') code[from] = ' ';
  }
  return code;
}

std::vector<breach> matches(
    const std::string& text, const boost::regex& pattern, const std::string& why
) {
  std::vector<breach> found;
  auto flags = boost::match_default | boost::match_not_dot_newline;
  for (boost::sregex_iterator hit(text.begin(), text.end(), pattern, flags), end; hit != end; ++hit)
    found.push_back({static_cast<std::size_t>(hit->position()), why});
  return found;
}

/// Calls `f(line, offset)` for each line, without its end.
template <class F>
void for_each_line(std::string_view text, F f) {
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size());
    f(text.substr(at, end - at), at);
    at = end + 1;
  }
}

/// Calls `f(path, offset)` for each quoted include.
template <class F>
void for_each_include(const source& file, F f) {
  static const boost::regex include(R"re(^#include "([^"]+)")re");
  for (boost::sregex_iterator hit(file.text.begin(), file.text.end(), include), end; hit != end;
       ++hit)
    f((*hit)[1].str(), static_cast<std::size_t>(hit->position()));
}

struct layer {
  std::string_view folder;
  std::string_view sees;  ///< regex over the included path
};

/// The first row whose folder holds the file decides.
constexpr std::array layers{
    layer{"actors/model/", "actors/model/"},
    layer{"monitoring/", "(actors/model|monitoring)/"},
    layer{"persistence/", "(actors/model|monitoring|persistence)/"},
    layer{"actors/", "(actors|monitoring|persistence)/"},
    layer{"gateway/", "(actors|monitoring|gateway)/"},
    layer{"nodes/sim/", "nodes/sim/"},
    layer{"nodes/", "(actors|monitoring|persistence|gateway|nodes)/"},
    layer{"tests/", ""},
};

bool contains(const tree& all, const std::string& path) {
  return std::any_of(all.begin(), all.end(), [&](const source& s) { return s.path == path; });
}

/// `word` stands in `text` on its own, not as part of a longer path.
bool names(const std::string& text, std::string_view word) {
  constexpr std::string_view path_characters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    auto after = at + word.size();
    bool starts = at == 0 || path_characters.find(text[at - 1]) == std::string_view::npos;
    bool ends = after == text.size() || path_characters.find(text[after]) == std::string_view::npos;
    if (starts && ends) return true;
  }
  return false;
}

bool is_text(const std::string& bytes) { return bytes.find('\0') == std::string::npos; }

}  // namespace

source make_source(std::string path, std::string text) {
  auto code = code_of(text);
  return {std::move(path), std::move(text), std::move(code)};
}

tree read_tree(const std::filesystem::path& root) {
  static const boost::regex skipped(R"(\.git|\.cache|build|node_modules|dist|generated)"
                                    R"(|(compile_commands|CMakeUserPresets)\.json)");
  tree all;
  for (std::filesystem::recursive_directory_iterator entry(root), end; entry != end; ++entry) {
    if (boost::regex_match(entry->path().filename().string(), skipped)) {
      entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file()) continue;
    std::ifstream in(entry->path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (is_text(text))
      all.push_back(make_source(entry->path().lexically_relative(root).string(), std::move(text)));
  }
  return all;
}

std::vector<std::string> breaches_of(const rule& law, const source& file, const tree& all) {
  if (!boost::regex_search(file.path, boost::regex(law.files))) return {};
  if (!law.except.empty() && boost::regex_search(file.path, boost::regex(law.except))) return {};
  std::vector<std::string> said;
  for (auto& [offset, why] : law.finds(file, all)) {
    auto at = file.text.begin() + static_cast<std::ptrdiff_t>(offset);
    auto line = 1 + std::count(file.text.begin(), at, '\n');
    said.push_back(file.path + ":" + std::to_string(line) + ": " + law.name + ": " + why);
  }
  return said;
}

check bans_in_code(std::string pattern, std::string why) {
  return [regex = boost::regex(pattern), why = std::move(why)](const source& file, const tree&) {
    return matches(file.code, regex, why);
  };
}

check bans_in_text(std::string pattern, std::string why) {
  return [regex = boost::regex(pattern), why = std::move(why)](const source& file, const tree&) {
    return matches(file.text, regex, why);
  };
}

check bans_in_path(std::string pattern, std::string why) {
  return [regex = boost::regex(pattern), why = std::move(why)](const source& file, const tree&) {
    if (!boost::regex_search(file.path, regex)) return std::vector<breach>{};
    return std::vector<breach>{{0, why}};
  };
}

std::vector<breach> wrong_directions(const source& file, const tree&) {
  auto row = std::find_if(layers.begin(), layers.end(), [&](const layer& l) {
    return file.path.starts_with(l.folder);
  });
  if (row == layers.end()) return {};
  const boost::regex sees("^" + std::string(row->sees));
  std::vector<breach> found;
  for_each_include(file, [&](const std::string& path, std::size_t offset) {
    if (!boost::regex_search(path, sees))
      found.push_back({offset, std::string(row->folder) + " must not include " + path});
  });
  return found;
}

std::vector<breach> unknown_includes(const source& file, const tree& all) {
  std::vector<breach> found;
  for_each_include(file, [&](const std::string& path, std::size_t offset) {
    if (!contains(all, path))
      found.push_back({offset, "no file " + path + " below the root of the repository"});
  });
  return found;
}

std::vector<breach> dead_sources(const source& file, const tree& all) {
  auto path = std::filesystem::path(file.path);
  for (auto& list : all) {
    auto folder = std::filesystem::path(list.path).parent_path();
    if (!list.path.ends_with("CMakeLists.txt")) continue;
    if (names(list.text, path.lexically_relative(folder).string())) return {};
    bool globbed = list.path == "tests/CMakeLists.txt" && file.path.starts_with("tests/");
    auto below = path.parent_path().lexically_relative(folder).string();
    if (globbed && names(list.text, "DIR " + below)) return {};
  }
  return {{0, "no CMakeLists.txt compiles it"}};
}

std::vector<breach> too_many_lines(const source& file, const tree&) {
  auto lines = std::count(file.text.begin(), file.text.end(), '\n');
  if (lines <= lines_max) return {};
  return {{0, std::to_string(lines) + " lines: probably two things"}};
}

std::vector<breach> too_wide_lines(const source& file, const tree&) {
  std::vector<breach> found;
  for_each_line(file.text, [&](std::string_view line, std::size_t offset) {
    auto columns = std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // UTF-8: count characters
    });
    if (columns > columns_max) found.push_back({offset, std::to_string(columns) + " columns"});
  });
  return found;
}

/// Relies on clang-format: a function at namespace level starts and ends in the first column.
std::vector<breach> too_long_functions(const source& file, const tree&) {
  static const boost::regex opens(R"re(^(?!(namespace|struct|class|enum|union|extern)\b)\S.*\{$)re"
  );
  std::vector<breach> found;
  std::size_t start = 0;
  std::ptrdiff_t length = 0;
  for_each_line(file.code, [&](std::string_view line, std::size_t offset) {
    if (length > 0) ++length;
    if (length == 0 && boost::regex_match(line.begin(), line.end(), opens)) {
      start = offset;
      length = 1;
    } else if (length > 0 && line.starts_with('}')) {
      if (line == "}" && length > function_lines_max)  // "};" ends a table or a type
        found.push_back({start, "a function of " + std::to_string(length) + " lines"});
      length = 0;
    }
  });
  return found;
}

}  // namespace stellwerk::house
