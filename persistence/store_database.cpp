#include "persistence/store_database.hpp"

#include <rocksdb/db.h>

#include "actors/model/error.hpp"
#include "persistence/big_endian.hpp"

namespace stellwerk {

namespace {

const database_layout layout{"store", 1, {"journal", "once"}};

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
  return db;
}

database_ptr observe_store(const std::filesystem::path& data_dir) {
  return std::make_shared<const database>(data_dir, layout, database_use::observe);
}

caf::expected<std::uint64_t> newest_seq(const database& db) {
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator({}, family(db, store_family::journal))};
  row->SeekToLast();
  if (!row->status().ok()) return failure(row->status());
  if (!row->Valid()) return std::uint64_t{0};
  auto key = row->key().ToStringView();
  return take_big_endian<std::uint64_t>(key).value_or(UINT64_MAX);
}

caf::expected<store_head> read_head(const database& db) {
  std::string bytes;
  auto status =
      db->Get({}, family(db, store_family::meta), {head_key.data(), head_key.size()}, &bytes);
  if (status.IsNotFound()) return store_head{};
  if (!status.ok()) return failure(status);
  auto head = head_from(bytes);
  if (!head) return failure(rocksdb::Status::Corruption("the head is not well-formed"));
  return *head;
}

watermark mark_of(const database& db) { return watermark{db.folder() / mark_name}; }

}  // namespace stellwerk
