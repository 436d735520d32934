#include "persistence/journal_check.hpp"

#include <rocksdb/db.h>

#include "persistence/big_endian.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t step_entries = 10'000;

}  // namespace

journal_check::journal_check(database_ptr db) : db_(std::move(db)) {
  auto newest = newest_seq(*db_);  // before the head: a writer beside us only ever moves both on
  auto head = read_head(*db_);
  auto cut = read_cut(*db_);
  auto oldest = oldest_seq(*db_);
  if (!head || !newest || !cut || !oldest) {
    verdict_.ok = false;  // nothing says where the journal begins and ends
    return;
  }
  seq_ = cut->seq;
  hash_ = cut->hash;
  end_ = *head;
  surplus_ = *newest > end_.seq;
  if (*oldest <= seq_) fails();
}

bool journal_check::fails() {
  verdict_.ok = false;
  verdict_.first_wrong_seq = seq_ + 1;
  return false;
}

bool journal_check::step(std::size_t entries_max) {
  if (!verdict_.ok) return false;
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  read.readahead_size = 1 << 20;
  std::unique_ptr<rocksdb::Iterator> row{
      (*db_)->NewIterator(read, family(*db_, store_family::journal))};
  auto cut = read_cut(*db_);  // after what the iterator sees: it has all that was not cut off
  if (!cut) return fails();
  if (cut->seq > seq_) {
    seq_ = cut->seq;
    hash_ = cut->hash;
  }
  row->Seek(to_big_endian(seq_ + 1));
  for (; entries_max > 0 && seq_ < end_.seq; --entries_max, row->Next()) {
    auto expected = to_big_endian(seq_ + 1);
    if (!row->Valid() || row->key() != expected) return fails();
    auto seen = entry_from(row->value().ToStringView());
    if (!seen || seen->seq != seq_ + 1) return fails();
    auto hash = chain_.link(hash_, seen->stored);
    if (!is_hash(seen->hash, hash)) return fails();
    hash_ = hash;
    ++seq_;
    ++verdict_.entries;
  }
  if (seq_ < end_.seq) return true;
  if (hash_ != end_.hash) {
    --seq_;
    return fails();
  }
  return surplus_ && fails();
}

journal_verdict verify_journal(const std::filesystem::path& data_dir, wall_time now) {
  journal_check check{observe_store(data_dir)};
  while (check.step(step_entries)) {
  }
  auto verdict = check.verdict();
  verdict.checked_at = now;
  return verdict;
}

}  // namespace stellwerk
