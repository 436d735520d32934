#pragma once

#include <chrono>
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
  std::string renewal_key;  // names the next renewal: repeated, it is answered alike
};
BOOST_DESCRIBE_STRUCT(login, (), (server, username, access_token, refresh_token, renewal_key))

/// $XDG_CONFIG_HOME/stellwerk/login.json, else ~/.config/stellwerk/login.json.
std::filesystem::path login_path();

/// Empty if there is none or it cannot be read. A file that others may read is not trusted.
std::optional<login> load_login(const std::filesystem::path& path);

/// Holds off other processes that want the same, until it is gone; at most for `within`.
class login_lock {
 public:
  login_lock(const std::filesystem::path& path, std::chrono::milliseconds within);
  ~login_lock();
  login_lock(const login_lock&) = delete;
  login_lock& operator=(const login_lock&) = delete;

 private:
  int file_ = -1;
};

/// Written beside and renamed, mode 0600. Throws std::runtime_error naming the path.
void save_login(const std::filesystem::path& path, const login& what);

}  // namespace stellwerk::ctl
