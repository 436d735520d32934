#include "persistence/journal_index.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "actors/model/error.hpp"
#include "monitoring/failpoint.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t text_bytes_max = 128;
constexpr char cut = '\1';
constexpr std::size_t group_bytes_max = 32;
constexpr std::size_t batch_bytes_max = 1 << 20;

void require(const database& db, const rocksdb::Status& status) {
  if (status.ok()) return;
  throw storage_error(
      db.folder().string() + ": the index of the journal cannot be built: " + status.ToString()
  );
}

}  // namespace

std::string indexed(std::string_view text) {
  std::string kept{text.substr(0, std::min(text.find('\0'), text_bytes_max))};
  if (kept.size() < text.size()) kept += cut;
  return kept;
}

bool whole(std::string_view indexed_text) { return !indexed_text.ends_with(cut); }

std::string_view group_of(std::string_view subject) {
  auto end = subject.find('/');
  if (end > group_bytes_max || subject.substr(0, end).find('\0') != subject.npos) return {};
  return subject.substr(0, end);
}

std::string index_prefix(index_kind kind, std::string_view text) {
  std::string made{static_cast<char>(kind)};
  made += indexed(text);
  return made += '\0';
}

std::string class_prefix(std::string_view site, std::string_view type, std::string_view group) {
  auto made = index_prefix(index_kind::entry_class, site);
  for (auto text : {type, group}) (made += indexed(text)) += '\0';
  return made;
}

std::vector<std::string> index_keys(const entry_view& one, wall_time before) {
  std::vector<std::string> keys;
  keys.reserve(7);
  auto add = [&](std::string prefix) {
    append_big_endian(prefix, one.seq);
    keys.push_back(std::move(prefix));
  };
  add(class_prefix(one.site, one.type, group_of(one.subject)));
  add(index_prefix(index_kind::subject, one.subject));
  add(index_prefix(index_kind::principal, one.principal));
  add(index_prefix(index_kind::name, one.name));
  if (!one.request_id.empty()) add(index_prefix(index_kind::request, one.request_id));
  if (!one.cause.empty()) add(index_prefix(index_kind::cause, one.cause));
  if (one.time < before) add(index_prefix(index_kind::set_back, {}));
  return keys;
}

void put_index(
    rocksdb::WriteBatch& batch, const database& db, const entry_view& one, wall_time before
) {
  auto* rows = family(db, store_family::journal_index);
  for (auto& key : index_keys(one, before)) batch.Put(rows, key, {});
}

namespace {

void write_rows(const database& db, rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  auto planted = rocksdb::Status::IOError("planted");
  if (fails_at(failpoint::index_before_write)) require(db, planted);
  require(db, db->Write(unlogged, &batch));
  if (fails_at(failpoint::index_after_write, db.folder())) require(db, planted);
  batch.Clear();
}

}  // namespace

void build_index(const database& db) {
  auto* rows = family(db, store_family::journal_index);
  // What a build that was cut short left behind: no key of ours is beyond.
  rocksdb::WriteBatch batch;
  batch.DeleteRange(rows, rocksdb::Slice{}, std::string(1, '\xff'));
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  read.readahead_size = 1 << 20;
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator(read, family(db, store_family::journal))};
  auto before = wall_time::min();
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    auto one = entry_from(row->value().ToStringView());
    if (!one) continue;
    put_index(batch, db, *one, std::exchange(before, one->time));
    if (batch.GetDataSize() >= batch_bytes_max) write_rows(db, batch);
  }
  require(db, row->status());
  write_rows(db, batch);
  require(db, db->Flush({}, rows));
}

}  // namespace stellwerk
