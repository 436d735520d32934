#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "actors/model/codec.hpp"

namespace stellwerk::ctl {

/// A log-in as the command line remembers it: which server, and the two tokens.
struct login {
  std::string server;
  std::string username;
  std::string access_token;
  std::string refresh_token;
};
BOOST_DESCRIBE_STRUCT(login, (), (server, username, access_token, refresh_token))

/// $XDG_CONFIG_HOME/stellwerk/login.json, else ~/.config/stellwerk/login.json.
std::filesystem::path login_path();

/// Empty if there is none or it cannot be read. A file that others may read is not trusted.
std::optional<login> load_login(const std::filesystem::path& path);

/// Written beside and renamed, mode 0600. Throws std::runtime_error naming the path.
void save_login(const std::filesystem::path& path, const login& what);

}  // namespace stellwerk::ctl
