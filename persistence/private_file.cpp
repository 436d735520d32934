#include "persistence/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "monitoring/failpoint.hpp"
#include "persistence/file_bytes.hpp"

namespace stellwerk {

namespace {
constexpr ssize_t line_bytes_max = 4'096;
}

bool write_private_file(const std::filesystem::path& file, std::string_view text) {
  auto beside = file.string() + ".XXXXXX";
  auto to = ::mkostemp(beside.data(), O_CLOEXEC);  // 0600 and new
  if (to < 0) return false;
  auto whole = ::write(to, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
               ::fsync(to) == 0;
  whole = ::close(to) == 0 && whole;
  whole = whole && !fails_at(failpoint::private_before_rename);
  if (whole && std::rename(beside.c_str(), file.c_str()) == 0)
    return !fails_at(failpoint::private_after_rename) && sync_folder(file.parent_path());
  ::unlink(beside.c_str());
  return false;
}

std::optional<std::string> read_private_line(
    const std::filesystem::path& file, std::string& wrong
) {
  auto complain = [&](const char* what) {
    wrong = what;
    return std::nullopt;
  };
  open_file in{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!in && errno == ELOOP) return complain("is no regular file: wants one");
  if (!in && errno != ENOENT) return complain("cannot be read: make it this user's");
  if (!in) return complain("is not there: write the secret to it");
  struct stat told {};
  if (::fstat(in.number(), &told) != 0 || !S_ISREG(told.st_mode))
    return complain("is no regular file: wants one");
  if (told.st_uid != ::geteuid()) return complain("belongs to another user: make it this user's");
  if ((told.st_mode & 0077u) != 0) return complain("others may read it: set its mode to 0600");
  std::string line(line_bytes_max, '\0');
  auto got = ::read(in.number(), line.data(), line.size());
  if (got < 0) return complain("cannot be read: look at its disk");
  if (got == line_bytes_max) return complain("is longer than a secret: wants one line");
  line.resize(static_cast<std::size_t>(got));
  line.resize(std::min(line.find('\n'), line.size()));
  return line;
}

}  // namespace stellwerk
