#include "persistence/rocksdb_log.hpp"

#include <array>
#include <cstdio>

namespace stellwerk {

namespace fs = std::filesystem;

rocksdb_log::rocksdb_log(const fs::path& folder) : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {
  if (folder.empty()) return;
  auto file = folder / "LOG";
  std::error_code absent;
  if (auto size = fs::file_size(file, absent); !absent && size >= bytes_max)
    fs::rename(file, folder / "LOG.old", absent);
  out_.open(file, std::ios::app);
}

void rocksdb_log::Logv(const char* format, va_list arguments) {
  std::array<char, 1024> line{};
  std::vsnprintf(line.data(), line.size(), format, arguments);
  std::string text{line.data()};
  std::lock_guard alone{gate_};
  if (auto at = text.find(": dropping "); at != text.npos) left_out_ = text;
  if (out_.is_open() && out_.tellp() < std::streamoff{bytes_max}) out_ << text << std::endl;
}

std::string rocksdb_log::left_out() const {
  std::lock_guard alone{gate_};
  return left_out_;
}

}  // namespace stellwerk
