#include "persistence/journal_check.hpp"

#include <rocksdb/db.h>

#include <algorithm>

#include "actors/model/ids.hpp"
#include "persistence/big_endian.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t step_entries = 10'000;
constexpr auto broken = "the entry is missing or not as it was written";
constexpr auto other_anchor = "an anchor tells another hash";

}  // namespace

journal_check::journal_check(
    database_ptr db, std::vector<journal_anchor> kept, std::vector<std::string> trusted
)
    : db_(std::move(db)), kept_(std::move(kept)), trusted_(std::move(trusted)) {
  std::ranges::sort(kept_, {}, &journal_anchor::seq);
  // Before the head: a writer beside us only ever moves all of them on.
  auto newest = newest_seq(*db_);
  auto anchored = newest_anchor(*db_);
  auto head = read_head(*db_);
  auto cut = read_cut(*db_);
  auto oldest = oldest_seq(*db_);
  if (!head || !newest || !cut || !oldest || !anchored) {
    verdict_.ok = false;  // nothing says where the journal begins and ends
    return;
  }
  seq_ = cut->seq;
  hash_ = cut->hash;
  end_ = *head;
  surplus_ = *newest > end_.seq;
  anchored_ = std::max(*anchored, kept_.empty() ? 0 : kept_.back().seq);
  if (*oldest <= seq_) fails(broken);
}

bool journal_check::fails(const char* why) { return fails_at(seq_ + 1, why); }

bool journal_check::fails_at(std::uint64_t seq, const char* why) {
  verdict_.ok = false;
  verdict_.first_wrong_seq = seq;
  verdict_.problem = why;
  return false;
}

bool journal_check::skip_what_was_cut() {
  auto cut = read_cut(*db_);
  if (!cut) return fails("nothing says where the journal begins");
  if (cut->seq > seq_) {
    seq_ = cut->seq;
    hash_ = cut->hash;
  }
  return true;
}

bool journal_check::read_anchors(std::size_t entries_max) {
  auto first = verdict_.entries == 0 ? seq_ : seq_ + 1;  // that of the cut, too
  auto found = anchors_of(*db_, first, std::min(seq_ + entries_max, end_.seq));
  auto keys = keys_of(*db_);  // after the anchors that they made
  if (!found || !keys) return fails("an anchor is damaged");
  anchors_ = std::move(*found);
  keys_ = std::move(*keys);
  if (!trusted_.empty())
    std::erase_if(keys_, [&](auto& one) { return !std::ranges::count(trusted_, one.public_key); });
  next_anchor_ = 0;
  return true;
}

bool journal_check::check_anchors() {
  for (; next_anchor_ < anchors_.size() && anchors_[next_anchor_].seq <= seq_; ++next_anchor_) {
    auto& one = anchors_[next_anchor_];
    if (one.seq < seq_) continue;
    if (one.hash != to_hex(hash_)) return fails_at(seq_, other_anchor);
    if (!is_vouched(one, keys_))
      return fails_at(seq_, "the signature of an anchor is wrong, or of no trusted key");
    ++verdict_.anchors;
  }
  for (; next_kept_ < kept_.size() && kept_[next_kept_].seq <= seq_; ++next_kept_)
    if (kept_[next_kept_].seq == seq_ && kept_[next_kept_].hash != to_hex(hash_))
      return fails_at(seq_, "an anchor kept elsewhere tells another hash");
  return true;
}

bool journal_check::step(std::size_t entries_max) {
  if (!verdict_.ok) return false;
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  read.readahead_size = 1 << 20;
  std::unique_ptr<rocksdb::Iterator> row{
      (*db_)->NewIterator(read, family(*db_, store_family::journal))};
  // After what the iterator sees: it has all that was not cut off.
  if (!skip_what_was_cut() || !read_anchors(entries_max) || !check_anchors()) return false;
  row->Seek(to_big_endian(seq_ + 1));
  for (; entries_max > 0 && seq_ < end_.seq; --entries_max, row->Next()) {
    auto expected = to_big_endian(seq_ + 1);
    if (!row->Valid() || row->key() != expected) return fails(broken);
    auto seen = entry_from(row->value().ToStringView());
    if (!seen || seen->seq != seq_ + 1) return fails(broken);
    auto hash = chain_.link(hash_, seen->stored);
    if (!is_hash(seen->hash, hash)) return fails(broken);
    hash_ = hash;
    ++seq_;
    ++verdict_.entries;
    if (!check_anchors()) return false;
  }
  if (seq_ < end_.seq) return true;
  if (hash_ != end_.hash) return fails_at(seq_, "the newest entry is not as it was written");
  if (anchored_ > end_.seq) return fails("it ends before its newest anchor");
  return surplus_ && fails("there are entries beyond the newest");
}

journal_verdict verify_journal(
    const std::filesystem::path& data_dir, wall_time now, std::vector<journal_anchor> kept,
    std::vector<std::string> trusted
) {
  journal_check check{observe_store(data_dir), std::move(kept), std::move(trusted)};
  while (check.step(step_entries)) {
  }
  auto verdict = check.verdict();
  verdict.checked_at = now;
  return verdict;
}

}  // namespace stellwerk
