#include "persistence/sample_database.hpp"

namespace stellwerk {

namespace {

const database_layout layout{"history", 1, {"log", "chunks", "series", "sources"}};

}  // namespace

database_ptr open_history(const std::filesystem::path& data_dir, rocksdb::Env* env) {
  return std::make_shared<const database>(data_dir, layout, database_use::write, env);
}

database_ptr observe_history(const std::filesystem::path& data_dir) {
  return std::make_shared<const database>(data_dir, layout, database_use::observe);
}

watermark history_mark(const database& db) { return watermark{db.folder() / mark_name}; }

}  // namespace stellwerk
