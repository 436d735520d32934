#include "persistence/store_database.hpp"

#include <rocksdb/db.h>

#include "actors/model/error.hpp"

namespace stellwerk {

namespace {

const database_layout layout{"store", 1, {"journal", "once"}};

}  // namespace

database_ptr open_store(const std::filesystem::path& data_dir, rocksdb::Env* env) {
  auto db = std::make_shared<const database>(data_dir, layout, database_use::write, env);
  auto head = read_head(*db);
  if (!head) throw storage_error(db->folder().string() + ": " + render(head.error()));
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

watermark mark_of(const database& db) { return watermark{db.folder() / "WATERMARK"}; }

}  // namespace stellwerk
