#pragma once

#include <rocksdb/env.h>

#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

namespace stellwerk {

/// RocksDB's warnings, in `LOG` of a folder. RocksDB's own logger ends the process at the second
/// line that finds no room on the disk; this one falls silent. Any thread.
class rocksdb_log final : public rocksdb::Logger {
 public:
  /// Without a folder nothing is written.
  explicit rocksdb_log(const std::filesystem::path& folder = {});
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override;

  /// The file of which RocksDB told last that it had to leave something out, and why; else empty.
  std::string left_out() const;

 private:
  static constexpr int bytes_max = 1 << 20;
  mutable std::mutex gate_;
  std::ofstream out_;
  std::string left_out_;
};

}  // namespace stellwerk
