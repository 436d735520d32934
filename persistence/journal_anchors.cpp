#include "persistence/journal_anchors.hpp"

#include <rocksdb/db.h>

#include <algorithm>

#include "actors/model/ids.hpp"
#include "persistence/big_endian.hpp"

namespace stellwerk {

namespace {

constexpr std::string_view anchor_prefix = "anchor/";  // persistent, as is the next
constexpr std::string_view key_prefix = "signing-key/";

std::string signed_text(const journal_anchor& one) {
  std::string text{"stellwerk journal anchor 1\n"};
  for (auto& part : {std::to_string(one.seq), one.hash, to_text(one.time), one.site})
    (text += part) += '\n';
  return text;
}

std::unique_ptr<rocksdb::Iterator> rows_of_meta(const database& db) {
  return std::unique_ptr<rocksdb::Iterator>{db->NewIterator({}, family(db, store_family::meta))};
}

std::uint64_t seq_of(rocksdb::Slice key) {
  auto rest = key.ToStringView().substr(anchor_prefix.size());
  return take_big_endian<std::uint64_t>(rest).value_or(0);
}

bool is_anchor(const rocksdb::Iterator& row) {
  return row.Valid() && row.key().starts_with({anchor_prefix.data(), anchor_prefix.size()});
}

template <class Row>
caf::expected<Row> decoded(const rocksdb::Iterator& row) {
  Row made;
  if (json::decode(row.value().ToStringView(), made).empty()) return made;
  return failure(rocksdb::Status::Corruption("an anchor or key is not well-formed"));
}

}  // namespace

journal_anchor make_anchor(
    const signing_key& key, const store_head& head, const std::string& site, wall_time now
) {
  journal_anchor made{head.seq, to_hex(head.hash), now, site, key.kid(), {}};
  made.signature = key.sign(signed_text(made));
  return made;
}

const journal_key* key_named(const std::vector<journal_key>& keys, std::string_view kid) {
  auto found = std::ranges::find(keys, kid, &journal_key::kid);
  return found == keys.end() || kid_of(found->public_key) != kid ? nullptr : &*found;
}

bool is_vouched(const journal_anchor& one, const std::vector<journal_key>& keys) {
  auto* key = key_named(keys, one.kid);
  return key != nullptr && is_signed(key->public_key, signed_text(one), one.signature);
}

std::string anchor_row(std::uint64_t seq) {
  std::string key{anchor_prefix};
  append_big_endian(key, seq);
  return key;
}

std::string key_row(std::string_view kid) { return std::string{key_prefix} += kid; }

caf::expected<std::vector<journal_anchor>> anchors_of(
    const database& db, std::uint64_t first, std::uint64_t last
) {
  std::vector<journal_anchor> found;
  auto row = rows_of_meta(db);
  for (row->Seek(anchor_row(first)); is_anchor(*row) && seq_of(row->key()) <= last; row->Next()) {
    auto one = decoded<journal_anchor>(*row);
    if (!one) return one.error();
    if (row->key() != anchor_row(one->seq))
      return failure(rocksdb::Status::Corruption("an anchor is in another's place"));
    found.push_back(std::move(*one));
  }
  if (!row->status().ok()) return failure(row->status());
  return found;
}

caf::expected<std::uint64_t> newest_anchor(const database& db) {
  auto row = rows_of_meta(db);
  row->SeekForPrev(anchor_row(UINT64_MAX));
  if (!row->status().ok()) return failure(row->status());
  return is_anchor(*row) ? seq_of(row->key()) : 0;
}

std::vector<std::string> surplus_anchors(const database& db, std::uint64_t cut) {
  std::vector<std::string> rows;
  auto row = rows_of_meta(db);
  for (row->Seek(anchor_row(0)); is_anchor(*row) && seq_of(row->key()) <= cut; row->Next())
    rows.push_back(row->key().ToString());
  rows.resize(rows.size() - std::min(rows.size(), spent_anchors_max));
  return rows;
}

caf::expected<std::vector<journal_key>> keys_of(
    const database& db, const signing_key* own, wall_time now
) {
  std::vector<journal_key> found;
  auto row = rows_of_meta(db);
  rocksdb::Slice prefix{key_prefix.data(), key_prefix.size()};
  for (row->Seek(prefix); row->Valid() && row->key().starts_with(prefix); row->Next()) {
    auto one = decoded<journal_key>(*row);
    if (!one) return one.error();
    found.push_back(std::move(*one));
  }
  if (!row->status().ok()) return failure(row->status());
  if (own != nullptr && key_named(found, own->kid()) == nullptr)
    found.push_back({own->kid(), own->public_key(), now});
  std::ranges::sort(found, {}, &journal_key::since);
  return found;
}

}  // namespace stellwerk
