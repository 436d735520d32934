#include "persistence/journal_pages.hpp"

#include <rocksdb/db.h>

#include <algorithm>

#include "persistence/big_endian.hpp"

namespace stellwerk {

namespace {

using rows = std::unique_ptr<rocksdb::Iterator>;

caf::error not_well_formed() {
  return failure(rocksdb::Status::Corruption("a journal entry is not well-formed"));
}

std::uint64_t seq_of(const rocksdb::Iterator& row) {
  auto key = row.key().ToStringView();
  return take_big_endian<std::uint64_t>(key).value_or(0);
}

}  // namespace

caf::expected<journal_page> page_of(
    const database& db, const query_journal& what, const search_bounds& bounds
) {
  journal_page page;
  std::size_t bytes = 0;
  journal_search search{db, what, bounds};
  for (auto full = false; !full;) {
    auto found = search.next();
    if (!found) return found.error();
    if (!*found) break;
    bytes += search.entry().stored.size();
    page.items.push_back(to_entry(search.entry()));
    full = page.items.size() >= what.limit || bytes >= page_bytes_max;
  }
  if (search.rest() != 0) page.next_cursor = std::to_string(search.rest() + 1);
  return page;
}

caf::expected<journal_slice> slice_of(const database& db, const read_journal& what) {
  journal_slice slice;
  std::size_t bytes = 0;
  auto limit = std::min(what.limit, 10'000u);
  rows row{db->NewIterator({}, family(db, store_family::journal))};
  row->SeekToFirst();
  if (row->Valid()) slice.first_seq = seq_of(*row);
  row->SeekToLast();
  if (row->Valid()) slice.last_seq = seq_of(*row);
  if (!row->status().ok()) return failure(row->status());
  if (what.after >= slice.last_seq) return slice;
  row->Seek(to_big_endian(what.after + 1));
  for (; row->Valid() && slice.items.size() < limit && bytes < page_bytes_max; row->Next()) {
    auto seen = entry_from(row->value().ToStringView());
    if (!seen) return not_well_formed();
    bytes += seen->stored.size();
    slice.items.push_back(to_entry(*seen));
  }
  if (!row->status().ok()) return failure(row->status());
  return slice;
}

}  // namespace stellwerk
