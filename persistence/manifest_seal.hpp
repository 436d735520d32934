#pragma once

#include <rocksdb/listener.h>

#include <filesystem>
#include <mutex>
#include <string>

namespace rocksdb {
class Env;
}

namespace stellwerk {

/// Writes down, in the file `SEAL` beside it, what RocksDB's manifest was when it last was known to
/// be durable. RocksDB takes a manifest that lost its end for a torn one, opens as of an earlier
/// moment and removes the files that it then does not know. Any thread.
class manifest_seal final : public rocksdb::EventListener {
 public:
  /// `env`: null for the machine's.
  manifest_seal(std::filesystem::path folder, rocksdb::Env* env);

  /// Best effort: an old seal vouches for less, but for nothing wrong.
  void write();
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo&) override { write(); }
  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo&) override { write(); }

 private:
  std::filesystem::path folder_;
  rocksdb::Env* env_;
  std::mutex gate_;
  bool failed_ = false;
};

/// Which file of the database in `folder` is not what its seal says; empty if there is no seal, if
/// it is damaged itself or of an earlier manifest, or if all is well.
std::string broken_seal(const std::filesystem::path& folder);

}  // namespace stellwerk
