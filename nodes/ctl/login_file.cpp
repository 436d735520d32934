#include "nodes/ctl/login_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "monitoring/clock.hpp"
#include "persistence/private_file.hpp"

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
  if (!write_private_file(path, json::encode(what)))
    throw std::runtime_error("cannot write " + path.string());
}

login_lock::login_lock(const fs::path& path, std::chrono::milliseconds within) {
  std::error_code bad;
  fs::create_directories(path.parent_path(), bad);
  auto beside = path.string() + ".lock";
  file_ = ::open(beside.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0) throw std::runtime_error("cannot write " + beside);
  for (auto end = meter_now() + within; ::flock(file_, LOCK_EX | LOCK_NB) != 0;) {
    if (meter_now() >= end) break;  // the one before hangs: better twice than never
    ::poll(nullptr, 0, 10);
  }
}

login_lock::~login_lock() { ::close(file_); }

}  // namespace stellwerk::ctl
