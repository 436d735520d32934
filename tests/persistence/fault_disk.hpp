#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace stellwerk {

/// A disk that knows what of each file was synced, and fails or forgets on demand. It does not
/// model directory entries that were not synced.
class fault_disk : public rocksdb::FileSystemWrapper {
 public:
  enum class log_sync : std::uint8_t { works, lies, fails, full };

  fault_disk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  static const char* kClassName() { return "fault_disk"; }
  const char* Name() const override { return kClassName(); }

  /// What a sync of a write-ahead log does from now on; other files are always synced.
  void set(log_sync next) { log_sync_ = next; }

  /// It tells of no more from now on; nothing is held to it.
  void leave_free(std::uint64_t bytes) { free_ = bytes; }
  rocksdb::IOStatus GetFreeSpace(
      const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* free,
      rocksdb::IODebugContext* dbg
  ) override {
    auto status = target()->GetFreeSpace(path, options, free, dbg);
    *free = std::min<std::uint64_t>(*free, free_);
    return status;
  }

  /// A copy of `from` as the disk would have it after the power went.
  void copy_without_power(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
    std::lock_guard lock{gate_};
    for (auto& [path, bytes] : synced_) {
      auto copied = to / std::filesystem::path{path}.lexically_relative(from);
      if (std::filesystem::exists(copied) && bytes < std::filesystem::file_size(copied))
        std::filesystem::resize_file(copied, bytes);
    }
  }

  rocksdb::IOStatus NewWritableFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* dbg
  ) override {
    auto status = target()->NewWritableFile(path, options, file, dbg);
    if (!status.ok()) return status;
    *file = std::make_unique<counted_file>(*this, path, std::move(*file));
    note_synced(path, 0);
    return status;
  }
  rocksdb::IOStatus RenameFile(
      const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* dbg
  ) override {
    auto status = target()->RenameFile(from, to, options, dbg);
    std::lock_guard lock{gate_};
    if (auto moved = synced_.extract(from); status.ok() && moved) {
      synced_.erase(to);
      moved.key() = to;
      synced_.insert(std::move(moved));
    }
    return status;
  }

 private:
  class counted_file : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    counted_file(fault_disk& disk, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}
    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(
        const rocksdb::Slice& data, const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg
    ) override {
      written_ += data.size();
      return FSWritableFileOwnerWrapper::Append(data, options, dbg);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& o, rocksdb::IODebugContext* d) override {
      return synced(FSWritableFileOwnerWrapper::Sync(o, d));
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& o, rocksdb::IODebugContext* d) override {
      return synced(FSWritableFileOwnerWrapper::Fsync(o, d));
    }

   private:
    rocksdb::IOStatus synced(rocksdb::IOStatus status) {
      auto how = path_.ends_with(".log") ? disk_.log_sync_.load() : log_sync::works;
      if (how == log_sync::fails) return rocksdb::IOStatus::IOError("planted");
      if (how == log_sync::full) return rocksdb::IOStatus::NoSpace("planted");
      if (how == log_sync::works) disk_.note_synced(path_, written_);
      return status;
    }

    fault_disk& disk_;
    std::string path_;
    std::uint64_t written_ = 0;
  };

  void note_synced(const std::string& path, std::uint64_t bytes) {
    std::lock_guard lock{gate_};
    synced_[path] = bytes;
  }

  std::mutex gate_;
  std::map<std::string, std::uint64_t> synced_;
  std::atomic<log_sync> log_sync_{log_sync::works};
  std::atomic<std::uint64_t> free_{std::uint64_t{1} << 40u};
};

/// The disk as RocksDB takes it.
struct fault_env {
  std::shared_ptr<fault_disk> disk = std::make_shared<fault_disk>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
};

}  // namespace stellwerk
