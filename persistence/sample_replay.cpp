#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <memory>

#include "actors/model/error.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/sample_writer.hpp"

/// Opening: what was written becomes heads, latest values and windows again.
namespace stellwerk {

namespace {

[[noreturn]] void refuse_damaged(const database& db, const std::string& what) {
  throw storage_error(db.folder().string() + ": " + what + "; restore it from a backup");
}

/// Calls `f(key, value)` for all that a family holds; it says whether it could read them.
template <class F>
void for_each_entry(const database& db, history_family which, const char* name, F f) {
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> at{db->NewIterator(once, family(db, which))};
  for (at->SeekToFirst(); at->Valid(); at->Next())
    if (!f(at->key().ToStringView(), at->value().ToStringView()))
      refuse_damaged(db, std::string{"an entry of '"} + name + "' is damaged");
  if (!at->status().ok()) refuse_damaged(db, at->status().ToString());
}

}  // namespace

sample_writer::sample_writer(database_ptr db, const sample_limits& max)
    : db_(std::move(db)),
      mark_(history_mark(*db_)),
      max_(max),
      room_(db_->room(max.disk)),
      sources_(max.sources),
      compaction_(db_, max.compaction),
      batch_(std::make_unique<rocksdb::WriteBatch>()) {
  load_series();
  load_sources();
  replay_log();
  check_mark();
}

sample_writer::~sample_writer() = default;

void sample_writer::load_series() {
  for_each_entry(*db_, history_family::series, "series", [this](auto key, auto bytes) {
    auto series = take_big_endian<std::uint32_t>(key);
    auto record = series ? series_record_from(bytes, *series) : std::nullopt;
    if (!record) return false;
    heads_.restore(*record);
    record_ = std::max(record_, record->covered);
    return true;
  });
}

void sample_writer::load_sources() {
  for_each_entry(*db_, history_family::sources, "sources", [this](auto key, auto bytes) {
    auto record = source_record_from(bytes);
    if (record) sources_.restore(std::string{key}, *record);
    return record.has_value();
  });
}

void sample_writer::replay_log() {
  for_each_entry(*db_, history_family::log, "log", [this](auto key, auto bytes) {
    auto number = take_big_endian<std::uint64_t>(key);
    auto record = number ? log_record_from(bytes) : std::nullopt;
    if (!record) return false;
    for (auto& one : record->items) heads_.add(one, record->arrived, *number);
    grow_log(*number, bytes.size());
    record_ = std::max(record_, *number);
    return true;
  });
  measure_cut();
}

void sample_writer::check_mark() const {
  auto mark = mark_.read();
  if (mark && record_ < *mark)
    refuse_damaged(
        *db_, "ends at record " + std::to_string(record_) + ", though " + std::to_string(*mark) +
                  " was durable: its log is damaged or cut"
    );
}

}  // namespace stellwerk
