#pragma once

#include "persistence/database.hpp"
#include "persistence/watermark.hpp"

/// What lies where in the history's database, see docs/formats.md, History.
namespace stellwerk {

enum class history_family : std::size_t { unused, meta, log, chunks, series, sources, rollups };

inline rocksdb::ColumnFamilyHandle* family(const database& db, history_family which) {
  return db.family(static_cast<std::size_t>(which));
}

/// DIR/history for its one writer, which also hands it to readers of the same process. A folder of
/// version 1, which had no roll-ups, gets them; cut short, that begins anew. Throws storage_error:
/// in use, of another format, damaged.
database_ptr open_history(const std::filesystem::path& data_dir, rocksdb::Env* env = nullptr);
/// DIR/history as it is at this moment.
database_ptr observe_history(const std::filesystem::path& data_dir, rocksdb::Env* env = nullptr);
/// Holds the number of a log record that is known to be durable.
watermark history_mark(const database& db);

}  // namespace stellwerk
