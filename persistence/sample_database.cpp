#include "persistence/sample_database.hpp"

#include "persistence/rollup_builder.hpp"

namespace stellwerk {

namespace {

const database_layout layout{"history", 2, {"log", "chunks", "series", "sources", "rollups"}, 1};

}  // namespace

database_ptr open_history(const std::filesystem::path& data_dir, rocksdb::Env* env) {
  auto db = std::make_shared<const database>(data_dir, layout, database_use::write, env);
  if (db->is_older()) {
    build_rollups(*db);
    db->mark_format();
  }
  return db;
}

database_ptr observe_history(const std::filesystem::path& data_dir, rocksdb::Env* env) {
  return std::make_shared<const database>(data_dir, layout, database_use::observe, env);
}

watermark history_mark(const database& db) { return watermark{db.folder() / mark_name}; }

}  // namespace stellwerk
