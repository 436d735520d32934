#include "persistence/sample_database.hpp"

namespace stellwerk {

namespace {

const database_layout layout{"history", 1, {"log", "chunks", "series", "sources"}};

}  // namespace

database_ptr open_history(const std::filesystem::path& data_dir, rocksdb::Env* env) {
  return std::make_shared<const database>(data_dir, layout, database_use::write, env);
}

watermark history_mark(const database& db) { return watermark{db.folder() / "WATERMARK"}; }

}  // namespace stellwerk
