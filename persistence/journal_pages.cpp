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

bool may_see(const context_ptr& context, const entry_view& one) {
  auto* row = event_row_of(one.type);
  auto needed = row != nullptr ? row->seen_by : permission::journal_read;
  scope_target site;
  site.site = one.site;
  return context && allowed(context->caller->given, needed, site);
}

bool passes(const query_journal& what, const entry_view& one) {
  if (what.from && one.time < *what.from) return false;
  if (what.to && one.time >= *what.to) return false;
  if (what.actor && one.principal != what.actor->str() && one.name != what.actor->str())
    return false;
  if (what.type && !matches(what.type->str(), one.type)) return false;
  if (what.subject && !matches(what.subject->str(), one.subject)) return false;
  return may_see(what.context, one);
}

}  // namespace

caf::expected<journal_page> page_of(const database& db, const query_journal& what) {
  journal_page page;
  std::size_t bytes = 0;
  auto below = what.cursor.value_or(UINT64_MAX);
  if (below == 0) return page;
  rows row{db->NewIterator({}, family(db, store_family::journal))};
  row->SeekForPrev(to_big_endian(below - 1));
  for (std::uint32_t looked = 0; row->Valid(); row->Prev(), ++looked) {
    auto full = page.items.size() >= what.limit || bytes >= page_bytes_max;
    if (full || looked >= looked_at_max) {
      page.next_cursor = std::to_string(seq_of(*row) + 1);
      return page;
    }
    auto seen = entry_from(row->value().ToStringView());
    if (!seen) return not_well_formed();
    if (!passes(what, *seen)) continue;
    bytes += seen->stored.size();
    page.items.push_back(to_entry(*seen));
  }
  if (!row->status().ok()) return failure(row->status());
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
