#include "persistence/database.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <caf/sec.hpp>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "monitoring/failpoint.hpp"
#include "persistence/log_order.hpp"
#include "persistence/manifest_seal.hpp"
#include "persistence/rocksdb_log.hpp"

namespace stellwerk {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t meta = 1;
constexpr std::string_view format_key = "format";

/// What watches over the files of a writer, as long as it is open.
struct file_guard {
  file_guard(const fs::path& folder, rocksdb::Env* env, at_gap what)
      : seal(folder, env), order(folder, what) {}
  manifest_seal seal;
  log_order order;
};

std::vector<std::string> family_names(const database_layout& layout) {
  std::vector<std::string> names{rocksdb::kDefaultColumnFamilyName, "meta"};
  names.insert(names.end(), layout.families.begin(), layout.families.end());
  return names;
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(const database_layout& layout) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(4 << 20);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = 2 << 20;
  options.compression = rocksdb::kZSTD;
  std::vector<rocksdb::ColumnFamilyDescriptor> all;
  // Merged in runs of like size: level by level each row would be written some twenty times.
  auto scattered = options;
  scattered.compaction_style = rocksdb::kCompactionStyleUniversal;
  scattered.write_buffer_size = 4 << 20;
  scattered.compression = rocksdb::kLZ4Compression;
  for (auto& name : family_names(layout))
    all.emplace_back(name, name == layout.scattered ? scattered : options);
  return all;
}

rocksdb::DBOptions options_on(rocksdb::Env* env) {
  rocksdb::DBOptions options;
  if (env != nullptr) options.env = env;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;  // after a failed write only a new start is sure
  options.db_write_buffer_size = 8 << 20;
  options.max_total_wal_size = 32 << 20;
  options.max_manifest_file_size = 4 << 20;
  options.max_open_files = 256;
  return options;
}

[[noreturn]] void refuse_folder(const fs::path& folder, const std::string& why) {
  throw storage_error("cannot open " + folder.string() + ": " + why);
}

constexpr auto damaged = "; it is damaged: restore it from a backup";

/// `left_out`: what RocksDB told of the file in question.
void require(
    const rocksdb::Status& status, const fs::path& folder, const std::string& left_out = {}
) {
  if (status.ok()) return;
  auto hint = status.IsCorruption() || status.IsPathNotFound() ? damaged
              : status.IsIOError() ? "; is it in use by another process?"
                                   : "";
  auto where = left_out.empty() ? left_out : " (" + left_out + ')';
  refuse_folder(folder, status.ToString() + where + hint);
}

/// A table with changes from behind a gap: a family of then beside others of an earlier moment.
void require_nothing_beyond(rocksdb::DB& db, const log_order& order) {
  std::vector<rocksdb::LiveFileMetaData> tables;
  db.GetLiveFilesMetaData(&tables);
  for (auto& one : tables)
    if (one.largest_seqno >= order.end()) refuse_folder(db.GetName(), order.gap() + damaged);
}

/// Opening a folder of a later version would fail with less clear words.
void refuse_unknown_families(
    const fs::path& folder, const database_layout& layout, rocksdb::Env* env
) {
  std::vector<std::string> present;
  if (!rocksdb::DB::ListColumnFamilies(options_on(env), folder.string(), &present).ok())
    return;  // a new folder; what else is wrong is told by opening it
  auto known = family_names(layout);
  for (auto& name : present)
    if (std::ranges::find(known, name) == known.end())
      refuse_folder(folder, "it holds '" + name + "', which this version does not know");
}

fs::path make_scratch_folder() {
  auto folder = fs::temp_directory_path() / ("stellwerk-" + uuid_v4());
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  return folder;
}

}  // namespace

database::database(
    const fs::path& data_dir, const database_layout& layout, database_use use, rocksdb::Env* env
)
    : folder_(data_dir / layout.name), env_(env) {
  try {
    if (use == database_use::write)
      open_writer(layout, env);
    else
      open_observer(layout, env);
  } catch (const fs::filesystem_error& why) {
    throw storage_error(why.what());
  }
  check_format(layout, use);
}

database::~database() = default;

database::scratch_folder::~scratch_folder() {
  std::error_code ignored;
  if (!path.empty()) fs::remove_all(path, ignored);
}

void database::open_writer(const database_layout& layout, rocksdb::Env* env) {
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  refuse_unknown_families(folder_, layout, env);
  if (auto file = broken_seal(folder_); !file.empty())
    refuse_folder(folder_, file + " is not as it was written" + damaged);
  auto lines = std::make_shared<rocksdb_log>(folder_);
  log_survey logs;
  if (fs::exists(folder_ / "CURRENT") && !is_open_elsewhere(folder_))
    logs = survey_logs(folder_, env);
  if (!logs.opened) logs = {};  // the opening itself tells why, and what to do
  if (!logs.gap.empty())
    rocksdb::Warn(lines, "%s: %s", logs.lost ? "Lost" : "Never synced, dropped", logs.gap.c_str());
  if (logs.lost) refuse_folder(folder_, logs.gap + damaged);
  auto what = logs.gap.empty() ? at_gap::refuse : at_gap::stop;
  require(open_with(layout, env, lines, what), folder_, lines->left_out());
}

rocksdb::Status database::open_with(
    const database_layout& layout, rocksdb::Env* env, const std::shared_ptr<rocksdb_log>& lines,
    at_gap what
) {
  auto options = options_on(env);
  if (what == at_gap::stop)
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  auto guard = std::make_shared<file_guard>(folder_, env, what);
  options.info_log = lines;
  options.listeners.emplace_back(guard, &guard->seal);
  options.wal_filter = &guard->order;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  auto status =
      rocksdb::DB::Open(options, folder_.string(), descriptors(layout), &handles, &opened);
  if (!status.ok()) return status;
  db_.reset(opened);
  for (auto* one : handles) families_.emplace_back(one);
  if (!guard->order.gap().empty()) require_nothing_beyond(*db_, guard->order);
  guard->seal.write();
  synced_ = db_->GetLatestSequenceNumber();  // what was replayed is in tables now
  return status;
}

void database::open_observer(const database_layout& layout, rocksdb::Env* env) {
  if (!fs::exists(folder_ / "CURRENT")) refuse_folder(folder_, "there is no database");
  refuse_unknown_families(folder_, layout, env);
  scratch_.path = make_scratch_folder();
  auto options = options_on(env);
  options.info_log = std::make_shared<rocksdb_log>(scratch_.path);
  options.max_open_files = -1;  // keeps files that a writer deletes meanwhile
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  auto wanted = descriptors(layout);
  std::vector<std::string> present;
  require(rocksdb::DB::ListColumnFamilies(options, folder_.string(), &present), folder_);
  while (wanted.size() > 2 && std::ranges::find(present, wanted.back().name) == present.end())
    wanted.pop_back();  // those that came with later versions
  auto status = rocksdb::DB::OpenAsSecondary(
      options, folder_.string(), scratch_.path.string(), wanted, &handles, &opened
  );
  require(status, folder_);
  db_.reset(opened);
  for (auto* one : handles) families_.emplace_back(one);
}

void database::check_format(const database_layout& layout, database_use use) {
  auto of = [&](std::uint32_t version) {
    return std::string{layout.name} + ' ' + std::to_string(version);
  };
  format_ = of(layout.format);
  std::string found;
  auto status = db_->Get({}, family(meta), format_key, &found);
  if (status.ok() && found == format_) return;
  for (auto version = layout.oldest; version < layout.format; ++version)
    if (older_ = status.ok() && found == of(version); older_) return;
  std::unique_ptr<rocksdb::Iterator> documents{db_->NewIterator({}, family(0))};
  documents->SeekToFirst();
  if (status.IsNotFound() && use == database_use::write && !documents->Valid())
    return mark_format();
  if (!status.ok() && !status.IsNotFound()) require(status, folder_);
  refuse_folder(
      folder_, "its format is '" + (found.empty() ? "unknown" : found) +
                   "', this version reads and writes '" + format_ + "' only"
  );
}

rocksdb::Status database::write_synced(rocksdb::WriteBatch& batch) const {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  promise_synced(batch, synced_);
  auto status = db_->Write(synced, &batch);
  if (status.ok()) synced_ = db_->GetLatestSequenceNumber();
  return status;
}

void database::mark_format() const {
  rocksdb::WriteBatch batch;
  batch.Put(family(meta), format_key, format_);
  auto planted = rocksdb::Status::IOError("planted");
  if (fails_at(failpoint::format_before_write)) require(planted, folder_);
  require(write_synced(batch), folder_);
  if (fails_at(failpoint::format_after_write, folder_)) require(planted, folder_);
}

caf::error failure(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return refuse(errc::storage_full);
  return caf::make_error(caf::sec::runtime_error, status.ToString());
}

}  // namespace stellwerk
