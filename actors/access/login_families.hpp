#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/access/login_records.hpp"

namespace stellwerk {

inline constexpr std::size_t logins_per_user_max = 20;

struct login_family {
  login_document login;
  std::uint64_t revision = 0;
};

/// The live log-ins as the store holds them.
class login_families {
 public:
  const login_family* find(std::string_view family) const;
  void put(const std::string& family, login_document login, std::uint64_t revision);
  void erase(std::string_view family);

  /// Those that must end so that one more may begin: the longest idle first.
  std::vector<std::string> in_the_way(const std::string& user) const;
  /// Whose last token ends before this, `most` at most.
  template <class Expires>
  std::vector<std::string> ended(std::int64_t before_s, std::size_t most, Expires expires) const {
    std::vector<std::string> found;
    for (auto& [family, one] : families_)
      if (found.size() < most && expires(one.login) < before_s) found.push_back(family);
    return found;
  }
  std::size_t size() const { return families_.size(); }

 private:
  std::map<std::string, login_family, std::less<>> families_;
  std::unordered_map<std::string, std::set<std::string, std::less<>>> by_user_;
};

}  // namespace stellwerk
