#include "gateway/router.hpp"

#include <algorithm>

namespace stellwerk::gateway {

namespace {

constexpr std::size_t parts_usual = 8;

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  parts.reserve(parts_usual);
  for (path.remove_prefix(1);;) {
    auto slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == path.npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

bool is_name(std::string_view part) { return part.starts_with('{'); }

bool fits(const std::vector<std::string_view>& pattern, const std::vector<std::string>& parts) {
  return std::ranges::equal(pattern, parts, [](std::string_view want, const std::string& have) {
    return is_name(want) || want == have;
  });
}

std::size_t names_in(const std::vector<std::string_view>& parts) {
  return static_cast<std::size_t>(std::ranges::count_if(parts, is_name));
}

/// HEAD is answered by the row of GET.
bool serves(const route& row, http_method method) {
  return row.words.method == method ||
         (method == http_method::head && row.words.method == http_method::get);
}

}  // namespace

bool path_parts(std::string_view path, std::vector<std::string>& parts) {
  if (!path.starts_with('/')) return false;
  parts.reserve(parts_usual);
  for (auto raw : split(path)) {
    auto part = percent_decoded(raw, false);
    if (!part || part->empty() || *part == "." || *part == "..") return false;
    if (part->find_first_of("/\\;") != part->npos) return false;
    parts.push_back(std::move(*part));
  }
  return true;
}

router::router(std::vector<const route*> rows) {
  for (auto* row : rows) {
    entry made{row, split(row->words.path)};
    by_size_.resize(std::max(by_size_.size(), made.parts.size() + 1));
    by_size_[made.parts.size()].push_back(std::move(made));
  }
  for (auto& entries : by_size_)
    std::ranges::stable_sort(entries, {}, [](auto& one) { return names_in(one.parts); });
}

router::match router::find(http_method method, std::string_view path) const {
  match found;
  std::vector<std::string> parts;
  if (!path_parts(path, parts) || parts.size() >= by_size_.size()) return found;
  for (auto& [row, pattern] : by_size_[parts.size()]) {
    if (!fits(pattern, parts)) continue;
    if (serves(*row, method)) {
      found.row = row;
      found.in_path.reserve(names_in(pattern));
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (is_name(pattern[i]))
          found.in_path.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), parts[i]);
      return found;
    }
    if (!found.allowed.empty()) found.allowed += ", ";
    found.allowed += name_of(row->words.method);
    if (row->words.method == http_method::get) found.allowed += ", HEAD";
  }
  if (!found.allowed.empty()) found.allowed += ", OPTIONS";
  return found;
}

}  // namespace stellwerk::gateway
