#include "persistence/private_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "monitoring/failpoint.hpp"
#include "persistence/file_bytes.hpp"

namespace stellwerk {

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

}  // namespace stellwerk
