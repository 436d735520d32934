#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "actors/model/codec.hpp"

namespace rocksdb {
class Env;
}

namespace stellwerk {

/// `[disk]`. At a start with less than the reserve nothing is refused but writes.
struct disk_options {
  /// Kept for what must not wait: commands, log-ins and log-outs, revocations, the journal.
  bounded<std::uint32_t, 1, 1'073'741'824> reserve_mib = 64;
};
BOOST_DESCRIBE_STRUCT(disk_options, (), (reserve_mib))

/// How full the disk under the databases is, in the steps in which work is given up. What was given
/// up is taken on again as soon as there is room.
enum class disk_level : std::uint8_t {
  ample,
  scarce,   // free space below twice the reserve: no samples
  reserve,  // below the reserve: nor what can wait
  full,     // below a sixteenth of it: nothing
};
BOOST_DESCRIBE_ENUM(disk_level, ample, scarce, reserve, full)
disk_level level_of(std::uint64_t free_bytes, const disk_options& options);

/// Bytes that an ordinary process may still write below `folder`; what cannot be told counts as
/// none.
std::uint64_t free_bytes(const std::filesystem::path& folder);

/// The size of the disk under `folder`; 0 if that cannot be told.
std::uint64_t disk_bytes(const std::filesystem::path& folder);

/// Also if either is not there.
bool same_disk(const std::filesystem::path& one, const std::filesystem::path& other);

/// The level of one folder's disk. One thread.
class disk_room {
 public:
  using moment = std::chrono::steady_clock::time_point;

  disk_room(rocksdb::Env* env, std::filesystem::path folder, const disk_options& options)
      : env_(env), folder_(std::move(folder)), options_(options) {}

  /// At most 250 ms old: at 40 MB/s of log, 10 MB less than told.
  disk_level level(moment now);

 private:
  rocksdb::Env* env_;
  std::filesystem::path folder_;
  disk_options options_;
  moment next_look_{};
  disk_level level_ = disk_level::ample;
};

}  // namespace stellwerk
