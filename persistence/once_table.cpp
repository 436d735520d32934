#include "persistence/once_table.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <utility>

#include "actors/model/error.hpp"
#include "persistence/big_endian.hpp"

namespace stellwerk {

namespace {

constexpr int prune_max = 64;
// Persistent: the first byte of a key in the family.
constexpr char by_key = 'k';   // principal \0 route \0 key → stamp, body hash, answer
constexpr char by_time = 't';  // stamp → the key above without its first byte

std::string stored_key_of(const once_key& key) {
  return by_key + key.principal + '\0' + key.route + '\0' + key.key;
}

std::string stamp_of(wall_time when, std::uint64_t revision) {
  auto ms = std::max<std::int64_t>(when.time_since_epoch().count(), 0);
  auto stamp = to_big_endian(static_cast<std::uint64_t>(ms));
  append_big_endian(stamp, revision);
  return stamp;
}

/// Stamps below it are expired.
std::string expiry_at(wall_time now) { return stamp_of(now - once_kept, 0); }

std::string to_bytes(const once_row& row) {
  auto out = row.stamp;
  append_big_endian(out, static_cast<std::uint32_t>(row.body_hash.size()));
  return out + row.body_hash + row.answer_id;
}

std::optional<once_row> row_from(std::string_view bytes) {
  if (bytes.size() < 16) return {};
  once_row row;
  row.stamp = bytes.substr(0, 16);
  bytes.remove_prefix(16);
  auto size = take_big_endian<std::uint32_t>(bytes);
  if (!size || *size > bytes.size()) return {};
  row.body_hash = bytes.substr(0, *size);
  row.answer_id = bytes.substr(*size);
  return row;
}

/// From a stored key without its first byte.
std::string_view principal_of(std::string_view stored_key) {
  return stored_key.substr(0, stored_key.find('\0'));
}

}  // namespace

once_table::once_table(database_ptr db, once_limits limits) : db_(std::move(db)), limits_(limits) {
  std::unique_ptr<rocksdb::Iterator> row{(*db_)->NewIterator({}, family(*db_, store_family::once))};
  for (row->Seek({&by_time, 1}); row->Valid() && row->key()[0] == by_time; row->Next()) {
    if (!oldest_) oldest_ = row->key().ToString().substr(1);
    ++count_;
    auto principal = principal_of(row->value().ToStringView());
    auto found = by_principal_.find(principal);
    if (found == by_principal_.end()) found = by_principal_.emplace(principal, 0).first;
    ++found->second;
  }
  if (!row->status().ok())
    throw storage_error(db_->folder().string() + ": " + row->status().ToString());
}

caf::expected<std::optional<once_row>> once_table::row_of(const std::string& stored_key) const {
  if (auto found = unwritten_.find(stored_key); found != unwritten_.end()) return found->second;
  std::string bytes;
  auto status = (*db_)->Get({}, family(*db_, store_family::once), stored_key, &bytes);
  if (status.IsNotFound()) return std::optional<once_row>{};
  if (!status.ok()) return failure(status);
  auto row = row_from(bytes);
  if (!row) return failure(rocksdb::Status::Corruption("an idempotency key is not well-formed"));
  return row;
}

caf::expected<std::optional<once_row>> once_table::find(const once_key& key, wall_time now) const {
  auto row = row_of(stored_key_of(key));
  if (row && *row && (*row)->stamp < expiry_at(now)) return std::optional<once_row>{};
  return row;
}

bool once_table::full(const std::string& principal) const {
  auto used = by_principal_.find(principal);
  return count_ >= limits_.in_all ||
         (used != by_principal_.end() && used->second >= limits_.per_principal);
}

void once_table::put(
    rocksdb::WriteBatch& batch, const once_key& key, wall_time now, std::uint64_t revision
) {
  auto stored_key = stored_key_of(key);
  once_row row{stamp_of(now, revision), key.body_hash, key.answer_id};
  auto* once = family(*db_, store_family::once);
  batch.Put(once, stored_key, to_bytes(row));
  batch.Put(once, by_time + row.stamp, stored_key.substr(1));
  if (!oldest_)
    oldest_ = row.stamp;
  else
    rewind_ |= row.stamp < *oldest_;
  ++count_;
  ++by_principal_[key.principal];
  unwritten_[std::move(stored_key)] = std::move(row);
}

caf::error once_table::prune(rocksdb::WriteBatch& batch, wall_time now) {
  auto expiry = expiry_at(now);
  if (!oldest_ || *oldest_ >= expiry) return {};
  auto* once = family(*db_, store_family::once);
  std::unique_ptr<rocksdb::Iterator> row{(*db_)->NewIterator({}, once)};
  row->Seek(by_time + *oldest_);
  for (int n = 0; n < prune_max && row->Valid(); ++n, row->Next()) {
    auto stamp = row->key().ToString().substr(1);
    if (stamp >= expiry) {
      oldest_ = stamp;
      return {};
    }
    auto stored_key = by_key + row->value().ToString();
    auto present = row_of(stored_key);
    if (!present) return present.error();
    // A key that was used again after it expired lives on under its later stamp.
    if (*present && (*present)->stamp == stamp) batch.Delete(once, stored_key);
    batch.Delete(once, row->key());
    forget(std::string_view{stored_key}.substr(1));
    oldest_ = stamp + '\0';
  }
  if (!row->status().ok()) return failure(row->status());
  if (!row->Valid()) oldest_ = expiry;
  return {};
}

void once_table::forget(std::string_view stored_key) {
  --count_;
  auto used = by_principal_.find(principal_of(stored_key));
  if (used != by_principal_.end() && --used->second == 0) by_principal_.erase(used);
}

void once_table::written() {
  unwritten_.clear();
  if (std::exchange(rewind_, false)) oldest_ = std::string{};
}

}  // namespace stellwerk
