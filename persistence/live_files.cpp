#include "persistence/live_files.hpp"

#include <rocksdb/db.h>

#include <cstdint>
#include <fstream>
#include <iterator>

#include "actors/model/error.hpp"
#include "persistence/watermark.hpp"

namespace stellwerk {

namespace {

constexpr std::uint64_t never = UINT64_MAX;

/// Read before the files are listed: it vouches for what lies in them.
std::string mark_bytes(const database& db) {
  std::ifstream in{db.folder() / mark_name, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace

live_files::live_files(database_ptr db) : db_(std::move(db)) {
  held_ = (*db_)->DisableFileDeletions().ok();
}

live_files::~live_files() {
  if (held_) (*db_)->EnableFileDeletions(false).PermitUncheckedError();
}

caf::expected<std::vector<backup_source>> live_files::list(const std::string& folder) const {
  if (!held_) return refuse(errc::internal, std::string{"The database keeps none of its files"});
  std::vector<backup_source> all;
  if (auto mark = mark_bytes(*db_); !mark.empty())
    all.push_back({folder + '/' + std::string{mark_name}, {}, mark.size(), mark});
  rocksdb::LiveFilesStorageInfoOptions options;
  options.wal_size_for_flush = never;
  std::vector<rocksdb::LiveFileStorageInfo> found;
  if (auto status = (*db_)->GetLiveFilesStorageInfo(options, &found); !status.ok())
    return failure(status);
  for (auto& one : found) {
    auto from = std::filesystem::path{one.directory} / one.relative_filename;
    if (!one.replacement_contents.empty()) from.clear();
    all.push_back({folder + '/' + one.relative_filename, from, one.size, one.replacement_contents});
  }
  return all;
}

}  // namespace stellwerk
