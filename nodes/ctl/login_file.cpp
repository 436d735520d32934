#include "nodes/ctl/login_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace stellwerk::ctl {

namespace fs = std::filesystem;

fs::path login_path() {
  if (auto* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config != '\0')
    return fs::path{config} / "stellwerk" / "login.json";
  auto* home = std::getenv("HOME");
  return fs::path{home != nullptr ? home : "."} / ".config" / "stellwerk" / "login.json";
}

std::optional<login> load_login(const fs::path& path) {
  std::error_code bad;
  auto mode = fs::status(path, bad).permissions();
  auto foreign = fs::perms::group_all | fs::perms::others_all;
  if (bad || (mode & foreign) != fs::perms::none) return {};
  std::stringstream content;
  content << std::ifstream{path}.rdbuf();
  login found;
  if (!json::decode(content.str(), found).empty()) return {};
  return found;
}

void save_login(const fs::path& path, const login& what) {
  std::error_code bad;
  fs::create_directories(path.parent_path(), bad);
  auto beside = path;
  beside += ".new";
  fs::remove(beside, bad);
  auto file = ::open(beside.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot write " + path.string());
  auto text = json::encode(what);
  auto written = ::write(file, text.data(), text.size());
  auto synced = ::fsync(file);
  ::close(file);
  fs::rename(beside, path, bad);
  if (written != static_cast<ssize_t>(text.size()) || synced != 0 || bad)
    throw std::runtime_error("cannot write " + path.string());
}

}  // namespace stellwerk::ctl
