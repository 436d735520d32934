#include "actors/access/login_families.hpp"

#include <algorithm>

namespace stellwerk {

const login_family* login_families::find(std::string_view family) const {
  auto found = families_.find(family);
  return found == families_.end() ? nullptr : &found->second;
}

void login_families::put(const std::string& family, login_document login, std::uint64_t revision) {
  by_user_[login.user].insert(family);
  families_.insert_or_assign(family, login_family{std::move(login), revision});
}

void login_families::erase(std::string_view family) {
  auto found = families_.find(family);
  if (found == families_.end()) return;
  auto mine = by_user_.find(found->second.login.user);
  mine->second.erase(found->first);
  if (mine->second.empty()) by_user_.erase(mine);
  families_.erase(found);
}

std::vector<std::string> login_families::in_the_way(const std::string& user) const {
  auto mine = by_user_.find(user);
  if (mine == by_user_.end() || mine->second.size() < logins_per_user_max) return {};
  std::vector<std::string> all(mine->second.begin(), mine->second.end());
  std::ranges::sort(all, {}, [&](const std::string& family) {
    return families_.find(family)->second.login.issued_at;
  });
  all.resize(all.size() + 1 - logins_per_user_max);
  return all;
}

}  // namespace stellwerk
