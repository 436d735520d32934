#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/database.hpp"
#include "persistence/journal.hpp"

namespace rocksdb {
class WriteBatch;
}

/// The rows that lead to journal entries without reading those between, see docs/formats.md: key
/// `kind ‖ text ‖ 00 ‖ seq`, written with the entry.
namespace stellwerk {

/// First byte of a row's key. Persistent: never reuse.
enum class index_kind : char {
  entry_class = 'c',  // site ‖ 00 ‖ type ‖ 00 ‖ group of the subject
  name = 'n',
  principal = 'p',
  request = 'r',
  subject = 's',
  cause = 'u',
  set_back = 'w',  // no text: the first entries after the clock went back
};

/// What a row keeps of a text: what is before its first NUL, 128 bytes at most, and a 01 if that is
/// not all. So texts that differ may share rows; `whole` says that this one shares them with none.
std::string indexed(std::string_view text);
bool whole(std::string_view indexed_text);
/// `device` of `device/pump-1`: one of few words; empty if there is no such word.
std::string_view group_of(std::string_view subject);

/// The keys of a text's rows begin with it, and no others do.
std::string index_prefix(index_kind kind, std::string_view text);
std::string class_prefix(std::string_view site, std::string_view type, std::string_view group);

/// Of the rows of `one`; `before`: time of the entry before it.
std::vector<std::string> index_keys(const entry_view& one, wall_time before);
/// Adds the rows of `one`; `before`: time of the entry before it.
void put_index(
    rocksdb::WriteBatch& batch, const database& db, const entry_view& one, wall_time before
);

/// Makes the rows of the whole journal anew. An entry that cannot be read gets none. Not synced by
/// a log: what is there when it returns is on disk. Throws storage_error.
void build_index(const database& db);

}  // namespace stellwerk
