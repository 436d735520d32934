#include "persistence/journal_export.hpp"

#include <openssl/sha.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <new>

#include "actors/model/error.hpp"
#include "actors/model/exports.hpp"
#include "actors/model/ids.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/journal_lists.hpp"

namespace stellwerk {

namespace {

constexpr std::int64_t looks_max = 100'000;  // for a moment, where the clock was set back often

caf::error broken() {
  return failure(rocksdb::Status::Corruption("the journal is broken, or was cut meanwhile"));
}

/// Number of the last entry before a moment; that before the oldest if there is none.
caf::expected<std::uint64_t> last_before(
    const database& db, const journal_cut& cut, std::uint64_t newest, wall_time when
) {
  if (newest == cut.seq) return newest;
  rocksdb::ReadOptions read;
  effort left{looks_max};
  time_list earlier{db, read, cut.seq + 1, {}, when};
  auto found = earlier.at_most(newest, left);
  if (auto why = earlier.failed()) return why;
  if (left.spent())
    return refuse(
        errc::too_large, std::string{"The clock was set back too often: name entries by number"}
    );
  return std::max(found, cut.seq);
}

caf::expected<chain_hash> hash_at(const database& db, const journal_cut& cut, std::uint64_t seq) {
  if (seq == cut.seq) return cut.hash;
  std::string value;
  auto status = db->Get({}, family(db, store_family::journal), to_big_endian(seq), &value);
  chain_hash hash;
  if (!status.ok() || value.size() < hash.size()) return broken();
  std::copy_n(value.begin(), hash.size(), hash.begin());
  return hash;
}

exported_entry exported(const entry_view& seen, const chain_hash& hash) {
  auto text = [](std::string_view view) { return std::string{view}; };
  return {seen.seq,         seen.time,          text(seen.site),
          text(seen.type),  text(seen.subject), text(seen.principal),
          text(seen.name),  text(seen.address), text(seen.request_id),
          text(seen.cause), text(seen.data),    to_hex(hash)};
}

}  // namespace

std::string signed_text(const export_end& end) {
  return "stellwerk journal export 1\n" + std::to_string(end.entries) + '\n' + end.hash + '\n' +
         end.sha256 + '\n';
}

caf::expected<journal_export_ptr> journal_export::begin(
    const database_ptr& db, const export_seal& seal, const export_range& range, wall_time now
) {
  if (!seal.key) return refuse(errc::not_ready);
  auto head = read_head(*db);
  if (!head) return head.error();
  auto cut = read_cut(*db);
  if (!cut) return cut.error();
  auto keys = keys_of(*db, seal.key.get(), now);
  if (!keys) return keys.error();
  auto first = cut->seq;  // before the range
  auto last = std::min(head->seq, range.to_seq.value_or(head->seq));
  if (range.from_seq && *range.from_seq > 0) first = std::max(first, *range.from_seq - 1);
  if (range.from) {
    auto found = last_before(*db, *cut, head->seq, *range.from);
    if (!found) return found.error();
    first = std::max(first, *found);
  }
  if (range.to) {
    auto found = last_before(*db, *cut, head->seq, *range.to);
    if (!found) return found.error();
    last = std::min(last, *found);
  }
  first = std::min(first, head->seq);
  auto hash = hash_at(*db, *cut, first);
  if (!hash) return hash.error();
  journal_export_ptr made{new journal_export{db}};
  made->key_ = seal.key;
  made->seq_ = first;
  made->hash_ = *hash;
  made->header_ = {
      1,
      seal.site,
      seal.installation,
      now,
      first + 1,
      std::max(first, last),
      to_hex(*hash),
      seal.key->kid(),
      std::move(*keys)};
  return made;
}

void journal_export::begin_text(std::string& text) {
  text += line_of(export_line, header_);
  begun_ = true;
}

caf::error journal_export::add_entries(std::string& text) {
  auto end = std::min(header_.to_seq, seq_ + export_piece_lines);
  auto first = seq_ < header_.from_seq ? seq_ : seq_ + 1;  // that before the range, too
  auto anchors = anchors_of(*db_, first, end);
  if (!anchors) return anchors.error();
  std::size_t next = 0;
  add_anchors(text, *anchors, next);
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> row{
      (*db_)->NewIterator(once, family(*db_, store_family::journal))};
  row->Seek(to_big_endian(seq_ + 1));
  for (; seq_ < end && text.size() < export_piece_bytes; row->Next()) {
    auto seen = row->Valid() ? entry_from(row->value().ToStringView()) : std::nullopt;
    if (!seen || seen->seq != seq_ + 1) return broken();
    hash_ = chain_.link(hash_, seen->stored);
    if (!is_hash(seen->hash, hash_)) return broken();
    ++seq_;
    text += line_of(entry_line, exported(*seen, hash_));
    add_anchors(text, *anchors, next);
  }
  return {};
}

void journal_export::add_anchors(
    std::string& text, const std::vector<journal_anchor>& all, std::size_t& next
) {
  for (; next < all.size() && all[next].seq <= seq_; ++next)
    text += line_of(anchor_line, all[next]);
}

void journal_export::add_end(std::string& text) {
  export_end end{seq_ + 1 - header_.from_seq, to_hex(hash_), digest_.text(), {}};
  end.signature = key_->sign(signed_text(end));
  text += line_of(end_line, end);
}

caf::expected<journal_piece> journal_export::next() {
  journal_piece piece;
  if (!begun_) begin_text(piece.text);
  if (auto why = add_entries(piece.text)) return why;
  digest_.add(piece.text);
  piece.more = seq_ < header_.to_seq;
  if (!piece.more) add_end(piece.text);
  return piece;
}

}  // namespace stellwerk
