#include "persistence/store_database.hpp"

#include <rocksdb/db.h>

#include "actors/model/error.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/journal_index.hpp"

namespace stellwerk {

namespace {

const database_layout layout{"store", 2, {"journal", "once", "journal_index"}, 1, "journal_index"};

caf::expected<std::uint64_t> seq_at(const rocksdb::Iterator& row, std::uint64_t if_none) {
  if (!row.status().ok()) return failure(row.status());
  if (!row.Valid()) return if_none;
  auto key = row.key().ToStringView();
  return take_big_endian<std::uint64_t>(key).value_or(UINT64_MAX);
}

/// A row of `meta`; not there: as a store begins.
template <class Row>
caf::expected<Row> read_row(
    const database& db, std::string_view key, std::optional<Row> (*from)(std::string_view)
) {
  std::string bytes;
  auto status = db->Get({}, family(db, store_family::meta), {key.data(), key.size()}, &bytes);
  if (status.IsNotFound()) return Row{};
  if (!status.ok()) return failure(status);
  auto row = from(bytes);
  if (row) return *row;
  return failure(rocksdb::Status::Corruption("the " + std::string{key} + " is not well-formed"));
}

}  // namespace

database_ptr open_store(const std::filesystem::path& data_dir, rocksdb::Env* env) {
  auto db = std::make_shared<const database>(data_dir, layout, database_use::write, env);
  auto head = read_head(*db);
  if (!head) throw storage_error(db->folder().string() + ": " + render(head.error()));
  auto newest = newest_seq(*db);
  if (!newest) throw storage_error(db->folder().string() + ": " + render(newest.error()));
  if (*newest > head->seq)
    throw storage_error(
        db->folder().string() + " holds journal entries up to " + std::to_string(*newest) +
        ", though the newest should be " + std::to_string(head->seq) +
        ": it was changed by others; keep a copy and restore it from a backup"
    );
  auto mark = mark_of(*db).read();
  if (mark && head->revision < *mark)
    throw storage_error(
        db->folder().string() + " ends at revision " + std::to_string(head->revision) +
        ", though " + std::to_string(*mark) +
        " was durable: its log is damaged or cut; restore it from a backup"
    );
  if (db->is_older()) {
    build_index(*db);
    db->mark_format();
  }
  return db;
}

database_ptr observe_store(const std::filesystem::path& data_dir, rocksdb::Env* env) {
  return std::make_shared<const database>(data_dir, layout, database_use::observe, env);
}

caf::expected<std::uint64_t> newest_seq(const database& db) {
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator({}, family(db, store_family::journal))};
  row->SeekToLast();
  return seq_at(*row, 0);
}

caf::expected<std::uint64_t> oldest_seq(const database& db) {
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator({}, family(db, store_family::journal))};
  row->SeekToFirst();
  return seq_at(*row, UINT64_MAX);
}

wall_time newest_time(const database& db) {
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator({}, family(db, store_family::journal))};
  row->SeekToLast();
  auto newest = row->Valid() ? entry_from(row->value().ToStringView()) : std::nullopt;
  return newest ? newest->time : wall_time::min();
}

caf::expected<store_head> read_head(const database& db) {
  return read_row<store_head>(db, head_key, head_from);
}

caf::expected<journal_cut> read_cut(const database& db) {
  return read_row<journal_cut>(db, cut_key, cut_from);
}

watermark mark_of(const database& db) { return watermark{db.folder() / mark_name}; }

}  // namespace stellwerk
