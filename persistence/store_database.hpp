#pragma once

#include <caf/expected.hpp>

#include "persistence/database.hpp"
#include "persistence/journal.hpp"
#include "persistence/watermark.hpp"

/// What lies where in the store's database, see docs/formats.md.
namespace stellwerk {

enum class store_family : std::size_t { documents, meta, journal, once, journal_index };

inline rocksdb::ColumnFamilyHandle* family(const database& db, store_family which) {
  return db.family(static_cast<std::size_t>(which));
}

/// Key of the store_head in `meta`.
inline constexpr std::string_view head_key = "head";

/// Key of the journal_cut in `meta`.
inline constexpr std::string_view cut_key = "cut";

/// DIR/store for its one writer, which also hands it to readers of the same process. Throws
/// storage_error: not there, in use, of another format, damaged, with less in it than its
/// watermark vouches for, or with entries that its head does not know and that would be
/// overwritten.
database_ptr open_store(const std::filesystem::path& data_dir, rocksdb::Env* env = nullptr);
/// DIR/store as it is at this moment, whether a node runs or not.
database_ptr observe_store(const std::filesystem::path& data_dir, rocksdb::Env* env = nullptr);

/// The highest number in the journal; 0 if it is empty.
caf::expected<std::uint64_t> newest_seq(const database& db);
/// The lowest one; beyond all numbers if it is empty.
caf::expected<std::uint64_t> oldest_seq(const database& db);
/// Of the newest entry; before the first, or if it is not well-formed, the beginning of time.
wall_time newest_time(const database& db);
/// Zeros before the first commit.
caf::expected<store_head> read_head(const database& db);
/// Zeros before the first deletion.
caf::expected<journal_cut> read_cut(const database& db);
watermark mark_of(const database& db);

}  // namespace stellwerk
