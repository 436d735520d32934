#include "persistence/data_check.hpp"

#include <rocksdb/db.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <array>

#include "actors/model/error.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/chunk.hpp"
#include "persistence/file_bytes.hpp"
#include "persistence/journal_check.hpp"
#include "persistence/log_order.hpp"
#include "persistence/manifest_seal.hpp"
#include "persistence/rocksdb_log.hpp"
#include "persistence/rollup_records.hpp"
#include "persistence/sample_database.hpp"
#include "persistence/sample_records.hpp"
#include "persistence/sample_sources.hpp"
#include "persistence/sample_writer.hpp"

namespace stellwerk {

namespace {

namespace fs = std::filesystem;
using damages = std::vector<damage>;
using bytes = std::string_view;

void refuse_running_node(const fs::path& folder) {
  if (is_open_elsewhere(folder))
    throw storage_error(folder.string() + " is in use: stop the node first");
}

void check_files(const fs::path& folder, const std::string& name, damages& found) {
  if (auto file = broken_seal(folder); !file.empty())
    found.push_back({name + '/' + file, "it is not as it was written"});
  std::vector<fs::path> tables;
  for (auto& file : fs::directory_iterator{folder})
    if (file.path().extension() == ".sst") tables.push_back(file.path());
  std::ranges::sort(tables);
  for (auto& table : tables)
    if (auto what = table_damage(table); !what.empty())
      found.push_back({name + '/' + table.filename().string(), what});
}

/// What a family holds: `good` says whether a writer of ours can have made an entry.
struct family_check {
  std::size_t family;
  const char* name;
  bool (*good)(bytes key, bytes value);
};

void check_entries(
    const database& db, const std::string& name, const family_check& what, damages& found
) {
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator(once, db.family(what.family))};
  std::uint64_t wrong = 0;
  for (row->SeekToFirst(); row->Valid(); row->Next())
    wrong += !what.good(row->key().ToStringView(), row->value().ToStringView());
  auto where = name + ", " + what.name;
  if (wrong > 0) found.push_back({where, std::to_string(wrong) + " entries are damaged"});
  if (!row->status().ok()) found.push_back({where, row->status().ToString()});
}

bool any(bytes, bytes) { return true; }
bool is_document(bytes, bytes value) { return value.size() >= sizeof(std::uint64_t); }
bool is_log_record(bytes key, bytes value) { return key.size() == 8 && log_record_from(value); }
bool is_source(bytes, bytes value) { return source_record_from(value).has_value(); }
bool is_series(bytes key, bytes value) {
  return key.size() == 4 && series_record_from(value, 0).has_value();
}
bool is_chunk(bytes key, bytes value) {
  return chunk_key_from(key) && chunk::decode(chunk_in(value), 0);
}
bool is_rollup(bytes key, bytes value) {
  auto place = rollup_key_from(key);
  return place && rollup_row_from(value, span_of(place->level));
}

constexpr std::array store_checks{
    family_check{0, "documents", is_document}, family_check{1, "meta", any},
    family_check{3, "once", any}};
constexpr std::array history_checks{
    family_check{2, "log", is_log_record}, family_check{3, "chunks", is_chunk},
    family_check{4, "series", is_series},  family_check{5, "sources", is_source},
    family_check{6, "rollups", is_rollup},
};

void check_store(const fs::path& data_dir, damages& found) {
  auto db = observe_store(data_dir);
  for (auto& one : store_checks) check_entries(*db, "store", one, found);
  auto head = read_head(*db);
  if (!head) return found.push_back({"store, meta", render(head.error())});
  if (auto mark = mark_of(*db).read(); mark && head->revision < *mark)
    found.push_back(
        {"store", "it ends at revision " + std::to_string(head->revision) + ", though " +
                      std::to_string(*mark) + " was durable"}
    );
  journal_check journal{db};
  while (journal.step(10'000)) {
  }
  auto& verdict = journal.verdict();
  if (!verdict.ok)
    found.push_back(
        {"store, journal",
         "it is broken at entry " + std::to_string(verdict.first_wrong_seq.value_or(0))}
    );
}

void check_history(const fs::path& data_dir, damages& found) {
  auto db = observe_history(data_dir);
  for (auto& one : history_checks) check_entries(*db, "history", one, found);
  sample_writer{db, {}};  // as a start reads it: is all there that its watermark vouches for?
}

struct part {
  const char* name;
  void (*check)(const fs::path& data_dir, damages& found);
};
constexpr std::array parts{part{"store", check_store}, part{"history", check_history}};

}  // namespace

std::string table_damage(const fs::path& file, rocksdb::Env* env) {
  rocksdb::Options options;
  if (env != nullptr) options.env = env;
  rocksdb::SstFileReader table{options};
  auto status = table.Open(file.string());
  if (status.ok()) status = table.VerifyChecksum();
  return status.ok() ? "" : status.ToString();
}

std::vector<damage> check_data(const fs::path& data_dir) {
  damages found;
  if (std::ranges::none_of(parts, [&](auto& one) { return fs::exists(data_dir / one.name); }))
    throw storage_error(data_dir.string() + " is no data folder");
  for (auto& one : parts) {
    auto folder = data_dir / one.name;
    if (!fs::exists(folder)) continue;
    refuse_running_node(folder);
    check_files(folder, one.name, found);
    auto logs = survey_logs(folder);
    if (!logs.gap.empty()) {  // neither can be read further as it is
      auto what = logs.lost ? logs.gap : logs.gap + "; it was never synced, a start drops it";
      found.push_back({one.name, what, logs.lost});
      continue;
    }
    try {
      one.check(data_dir, found);
    } catch (const storage_error& why) {
      found.push_back({one.name, why.what()});
    }
  }
  return found;
}

}  // namespace stellwerk
