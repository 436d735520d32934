#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

namespace stellwerk {

/// A disk that loses its power between two operations, fails one sync, or fails now and then. One
/// operation at a time. An operation is whatever changes a file or a folder, or a sync of one.
class rough_disk final : public rocksdb::FileSystemWrapper {
 public:
  explicit rough_disk(std::uint64_t seed)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), draw_(seed) {}
  static const char* kClassName() { return "rough_disk"; }
  const char* Name() const override { return kClassName(); }

  /// Before the `operation`-th operation from now on: `image` becomes what a power loss leaves of
  /// `folder`, and `then` is called. Of what was not synced any part may be there: the begin of a
  /// file's bytes, all of them but a page, a new name or the one before it.
  void lose_power(
      std::uint64_t operation, std::filesystem::path folder, std::filesystem::path image,
      std::function<void()> then
  );
  bool lost_power() const;
  /// From now on a sync says that it worked, and does nothing.
  void lie();
  /// The n-th sync from now on fails, once.
  void fail_sync(std::uint64_t n);
  bool failed_a_sync() const;
  /// This share of all operations fails from now on, half of an append being done.
  void fail(double share);

  rocksdb::IOStatus NewWritableFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* dbg
  ) override;
  rocksdb::IOStatus ReopenWritableFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* dbg
  ) override;
  rocksdb::IOStatus NewDirectory(
      const std::string& path, const rocksdb::IOOptions& options,
      std::unique_ptr<rocksdb::FSDirectory>* made, rocksdb::IODebugContext* dbg
  ) override;
  rocksdb::IOStatus RenameFile(
      const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
      rocksdb::IODebugContext* dbg
  ) override;
  rocksdb::IOStatus DeleteFile(
      const std::string& path, const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg
  ) override;

 private:
  class file;
  class directory;
  struct bytes {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
  };

  /// Counts an operation; what becomes of it.
  rocksdb::IOStatus begin(bool is_sync = false);
  void make_image();
  void tear(const std::filesystem::path& copied, const bytes& known);

  mutable std::mutex gate_;
  std::mt19937_64 draw_;
  std::map<std::string, bytes> files_;
  std::map<std::string, std::optional<std::string>> names_before_;  // not synced so far
  std::uint64_t operations_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t cut_at_ = 0;
  std::filesystem::path folder_, image_;
  std::function<void()> then_;
  bool lies_ = false;
  std::uint64_t failing_sync_ = 0;
  double share_ = 0;
};

/// The disk as RocksDB takes it.
struct rough_env {
  explicit rough_env(std::uint64_t seed) : disk(std::make_shared<rough_disk>(seed)) {}
  std::shared_ptr<rough_disk> disk;
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(disk);
};

}  // namespace stellwerk
