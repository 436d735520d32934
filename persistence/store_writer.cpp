#include "persistence/store_writer.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "actors/model/error.hpp"
#include "monitoring/failpoint.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/journal_index.hpp"

namespace stellwerk {

namespace {

caf::error planted() { return failure(rocksdb::Status::IOError("planted")); }

/// 0 if one of its texts is over its limit.
std::size_t bytes_of(const event& one) {
  std::size_t bytes = one.data.text.size();
  if (bytes > event_data_bytes_max) return 0;
  for (auto* text :
       {&one.subject, &one.actor.principal, &one.actor.name, &one.actor.address, &one.request_id,
        &one.cause}) {
    if (text->size() > event_text_bytes_max) return 0;
    bytes += text->size();
  }
  return bytes + name_of(one.type).size();
}

bool within_limits(const commit& what) {
  if (what.expectations.size() > changes_max || what.changes.size() > changes_max ||
      what.events.size() > changes_max)
    return false;
  std::size_t bytes = 0;
  for (auto& one : what.expectations) {
    if (one.key.size() > key_bytes_max) return false;
    bytes += one.key.size();
  }
  for (auto& [key, value] : what.changes) {
    if (key.size() > key_bytes_max || (value && value->size() > value_bytes_max)) return false;
    bytes += key.size() + (value ? value->size() : 0);
  }
  for (auto& one : what.events) {
    auto size = bytes_of(one);
    if (size == 0) return false;
    bytes += size;
  }
  if (auto& once = what.once; once)
    for (auto* text :
         {&once->principal, &once->route, &once->key, &once->body_hash, &once->answer_id}) {
      if (text->size() > key_bytes_max) return false;
      bytes += text->size();
    }
  return bytes <= commit_bytes_max;
}

/// Few changes are compared in pairs: most commits have one or two.
bool distinct(const std::vector<change>& all) {
  constexpr std::size_t few = 8;
  if (all.size() > few) {
    std::unordered_set<std::string_view> keys;
    return std::ranges::all_of(all, [&](auto& one) { return keys.insert(one.key).second; });
  }
  for (auto one = all.begin(); one != all.end(); ++one)
    if (std::any_of(all.begin(), one, [&](auto& other) { return other.key == one->key; }))
      return false;
  return true;
}

/// A key that is empty or changed twice, a NUL where it would part an idempotency key wrongly.
bool malformed(const commit& what) {
  if (std::ranges::any_of(what.changes, [](auto& one) { return one.key.empty(); })) return true;
  if (!distinct(what.changes)) return true;
  if (!what.once) return false;
  return std::ranges::any_of(
      std::array{&what.once->principal, &what.once->route, &what.once->key},
      [](auto* text) { return text->find('\0') != text->npos; }
  );
}

}  // namespace

store_writer::store_writer(database_ptr db, std::string site, once_limits once, signing_key_ptr key)
    : db_(std::move(db)), site_(std::move(site)), once_(db_, once), key_(std::move(key)) {
  auto head = read_head(*db_);
  auto keys = keys_of(*db_);
  auto anchored = newest_anchor(*db_);
  for (auto* why :
       {head ? nullptr : &head.error(), keys ? nullptr : &keys.error(),
        anchored ? nullptr : &anchored.error()})
    if (why != nullptr) throw storage_error(db_->folder().string() + ": " + render(*why));
  head_ = *head;
  anchored_ = *anchored;
  key_is_known_ = key_ && key_named(*keys, key_->kid()) != nullptr;
  written_revision_ = head_.revision;
  newest_time_ = newest_time(*db_);
}

caf::expected<std::uint64_t> store_writer::revision_of(const std::string& key) const {
  if (auto found = unwritten_.find(key); found != unwritten_.end()) return found->second;
  rocksdb::PinnableSlice bytes;
  auto status = (*db_)->Get({}, family(*db_, store_family::documents), key, &bytes);
  if (status.IsNotFound()) return std::uint64_t{0};
  if (!status.ok()) return failure(status);
  auto in = bytes.ToStringView();
  auto revision = take_big_endian<std::uint64_t>(in);
  if (!revision) return failure(rocksdb::Status::Corruption("a document without a revision"));
  return *revision;
}

caf::error store_writer::check(const commit& what) const {
  for (auto& one : what.expectations) {
    auto revision = revision_of(one.key);
    if (!revision) return revision.error();
    if (*revision != one.revision) return stale(one);
  }
  return {};
}

caf::expected<committed> store_writer::add(const commit& what, wall_time now, bool has_room) {
  if (!within_limits(what)) return refuse(errc::too_large);
  if (malformed(what)) return refuse(errc::invalid);
  if (what.once) {
    auto used = once_.find(*what.once, now);
    if (!used) return used.error();
    if (*used && (*used)->body_hash != what.once->body_hash)
      return refuse(errc::idempotency_conflict);
    if (*used) return committed{0, 0, (*used)->answer_id};
  }
  if (!has_room) return refuse(errc::storage_full);
  if (what.once) {
    if (auto why = once_.prune(batch_, now)) return why;
    if (once_.full(what.once->principal)) return refuse(errc::busy);
  }
  if (auto why = check(what)) return why;

  ++head_.revision;
  for (auto& one : what.changes) put_change(one);
  for (auto& one : what.events) put_event(one, now);
  if (what.once) once_.put(batch_, *what.once, now, head_.revision);
  return committed{head_.revision, what.events.empty() ? 0 : head_.seq, {}};
}

void store_writer::put_change(const change& one) {
  auto* documents = family(*db_, store_family::documents);
  unwritten_[one.key] = one.value ? head_.revision : 0;
  if (!one.value) return void(batch_.Delete(documents, one.key));
  auto revision = to_big_endian(head_.revision);
  rocksdb::Slice key = one.key;
  std::array<rocksdb::Slice, 2> value{revision, *one.value};
  batch_.Put(documents, {&key, 1}, {value.data(), 2});
}

void store_writer::put_event(const event& one, wall_time now) {
  std::string_view data = one.data.text;
  entry_view entry{
      head_.seq + 1,
      now,
      site_,
      name_of(one.type),
      one.subject,
      one.actor.principal,
      one.actor.name,
      one.actor.address,
      one.request_id,
      one.cause,
      data.empty() ? "{}" : data,
      {},
      {}};
  auto stored = stored_form(entry);
  ++head_.seq;
  head_.hash = chain_.link(head_.hash, stored);
  auto& value = entries_.emplace_back();
  value.reserve(head_.hash.size() + stored.size());
  value.append(head_.hash.begin(), head_.hash.end()).append(stored);
  batch_.Put(family(*db_, store_family::journal), to_big_endian(head_.seq), value);
  put_index(batch_, *db_, entry, std::exchange(newest_time_, now));
  // Cheap beside a thousand entries, and durable with them in one write.
  if (key_ && head_.seq % segment_entries == 0) put_anchor(now);
}

void store_writer::anchor(wall_time now) {
  if (!key_) return;
  put_key(now);
  if (head_.seq > anchored_) put_anchor(now);
}

void store_writer::put_anchor(wall_time now) {
  put_key(now);
  auto& made = anchors_.emplace_back(make_anchor(*key_, head_, site_, now));
  batch_.Put(family(*db_, store_family::meta), anchor_row(made.seq), json::encode(made));
  anchored_ = made.seq;
  anchors_changed_ = true;
}

void store_writer::put_key(wall_time now) {
  if (std::exchange(key_is_known_, true)) return;
  journal_key made{key_->kid(), key_->public_key(), now};
  batch_.Put(family(*db_, store_family::meta), key_row(made.kid), json::encode(made));
  anchors_changed_ = true;
}

void store_writer::drop(
    const journal_cut& end, const std::vector<std::string>& rows, const event& told, wall_time now
) {
  ++head_.revision;
  auto beyond = to_big_endian(end.seq + 1);
  batch_.DeleteRange(family(*db_, store_family::journal), rocksdb::Slice{}, beyond);
  for (auto& key : rows) batch_.Delete(family(*db_, store_family::journal_index), key);
  auto* meta = family(*db_, store_family::meta);
  for (auto& key : surplus_anchors(*db_, end.seq)) batch_.Delete(meta, key);
  batch_.Put(meta, {cut_key.data(), cut_key.size()}, to_bytes(end));
  put_event(told, now);
}

caf::expected<std::vector<std::string>> store_writer::write() {
  if (!idle()) {
    auto* meta = family(*db_, store_family::meta);
    batch_.Put(meta, {head_key.data(), head_key.size()}, to_bytes(head_));
    if (fails_at(failpoint::store_before_write)) return planted();
    auto status = db_->write_synced(batch_);
    if (!status.ok()) return failure(status);
    if (fails_at(failpoint::store_after_write, db_->folder())) return planted();
    batch_.Clear();
    written_revision_ = head_.revision;
    anchors_changed_ = false;
    std::ranges::move(anchors_, std::back_inserter(written_anchors_));
    anchors_.clear();
  }
  unwritten_.clear();
  once_.written();
  return std::exchange(entries_, {});
}

}  // namespace stellwerk
