#include "actors/model/permissions.hpp"

#include <algorithm>

namespace stellwerk {

namespace {

constexpr std::array<std::pair<std::string_view, char>, 4> built_in{
    {{"admin", 'a'}, {"operator", 'o'}, {"viewer", 'v'}, {"customer", 'c'}}};

bool covers(std::string_view scope, const scope_target& on) {
  if (scope == "*") return true;
  auto colon = scope.find(':');
  if (colon == scope.npos || colon + 1 == scope.size()) return false;
  auto kind = scope.substr(0, colon);
  auto id = scope.substr(colon + 1);
  if (kind == "site") return id == on.site;
  if (kind == "device") return id == on.device_id;
  return kind == "tag" && on.tags != nullptr && std::ranges::find(*on.tags, id) != on.tags->end();
}

}  // namespace

bool is_built_in_role(std::string_view role) {
  return std::ranges::any_of(built_in, [=](auto& row) { return row.first == role; });
}

permission_set permissions_of(std::string_view role) {
  permission_set granted;
  for (auto& [word, letter] : built_in)
    if (word == role)
      for (auto& row : permission_table)
        granted[static_cast<std::size_t>(row.what)] = row.roles.find(letter) != row.roles.npos;
  return granted;
}

bool allowed(const grants& given, permission wanted) {
  return std::ranges::any_of(given, [=](const grant& one) {
    return one.permissions[static_cast<std::size_t>(wanted)];
  });
}

bool allowed(const grants& given, permission wanted, const scope_target& on) {
  return std::ranges::any_of(given, [&](const grant& one) {
    return one.permissions[static_cast<std::size_t>(wanted)] && covers(one.scope, on);
  });
}

}  // namespace stellwerk
