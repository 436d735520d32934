#include "persistence/disk_room.hpp"

#include <rocksdb/env.h>
#include <sys/stat.h>

namespace stellwerk {

namespace {
constexpr std::chrono::milliseconds look_every{250};
}

disk_level level_of(std::uint64_t free_bytes, const disk_options& options) {
  auto reserve = std::uint64_t{options.reserve_mib} << 20u;
  if (free_bytes < reserve / 16) return disk_level::full;
  if (free_bytes < reserve) return disk_level::reserve;
  return free_bytes < 2 * reserve ? disk_level::scarce : disk_level::ample;
}

std::uint64_t free_bytes(const std::filesystem::path& folder) {
  std::error_code ec;
  auto told = std::filesystem::space(folder, ec);
  return ec ? 0 : told.available;
}

std::uint64_t disk_bytes(const std::filesystem::path& folder) {
  std::error_code ec;
  auto told = std::filesystem::space(folder, ec);
  return ec ? 0 : told.capacity;
}

bool same_disk(const std::filesystem::path& one, const std::filesystem::path& other) {
  struct stat a {};
  struct stat b {};
  if (stat(one.c_str(), &a) != 0 || stat(other.c_str(), &b) != 0) return true;
  return a.st_dev == b.st_dev;
}

disk_level disk_room::level(moment now) {
  if (now < next_look_) return level_;
  next_look_ = now + look_every;
  std::uint64_t free = 0;
  if (env_ == nullptr)
    free = free_bytes(folder_);
  else if (!env_->GetFreeSpace(folder_.string(), &free).ok())
    free = 0;
  return level_ = level_of(free, options_);
}

}  // namespace stellwerk
