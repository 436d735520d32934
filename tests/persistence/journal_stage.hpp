#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <vector>

#include "actors/model/call_context.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

inline constexpr wall_time journal_start{std::chrono::milliseconds{1'700'000'000'000}};

/// Somebody with a built-in role.
inline context_ptr journal_caller(std::string_view role, std::string scope = "*") {
  call_context context;
  grants given{{permissions_of(role), std::move(scope)}};
  context.caller =
      std::make_shared<principal>(principal{principal_kind::user, "7", "ada", std::move(given)});
  return std::make_shared<const call_context>(context);
}

/// The keys of the journal's index.
inline std::vector<std::string> index_rows(const database& db) {
  auto* index = family(db, store_family::journal_index);
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator({}, index)};
  std::vector<std::string> all;
  for (row->SeekToFirst(); row->Valid(); row->Next()) all.push_back(row->key().ToString());
  return all;
}

}  // namespace stellwerk
