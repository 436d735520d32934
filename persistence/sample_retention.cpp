#include "persistence/sample_retention.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "monitoring/failpoint.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/chunk.hpp"
#include "persistence/rollup_records.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t series_a_step = 64;
constexpr std::uint64_t chunks_a_step = 1'000;
constexpr auto minute = std::chrono::minutes{1};
constexpr std::chrono::milliseconds quota_run_max = std::chrono::days{30};
constexpr auto written_first = std::uint64_t{0};

std::string chunks_of(std::uint32_t series, lane which, wall_time first) {
  return to_bytes(chunk_key{series, which, first, written_first});
}

using rows = std::unique_ptr<rocksdb::Iterator>;

/// That of a chunk of this lane; empty if the iterator stands elsewhere.
std::optional<chunk_key> key_at(const rocksdb::Iterator& at, std::uint32_t series, lane which) {
  if (!at.Valid()) return {};
  auto key = chunk_key_from(at.key().ToStringView());
  if (!key || key->series != series || key->lane != which) return {};
  return key;
}

chunk::summary summary_at(const rocksdb::Iterator& at) {
  return chunk::summary_of(chunk_in(at.value().ToStringView()));
}

/// The last sample of the chunk there; of a damaged one only the first is known.
wall_time last_of(const rocksdb::Iterator& at, const chunk_key& key) {
  auto about = summary_at(at);
  return about.count > 0 ? about.last : key.first;
}

/// Empty if there is none.
caf::expected<std::string> row_of(
    const database& db, const rocksdb::Snapshot* moment, std::string_view key
) {
  rocksdb::ReadOptions then;
  then.snapshot = moment;
  std::string bytes;
  rocksdb::Slice name{key.data(), key.size()};
  auto status = db->Get(then, family(db, history_family::meta), name, &bytes);
  if (!status.ok() && !status.IsNotFound()) return failure(status);
  return bytes;
}

caf::error damaged() {
  return failure(rocksdb::Status::Corruption("what is known of retention is not well-formed"));
}

caf::expected<retention_state> state_of(const database& db, const rocksdb::Snapshot* moment) {
  auto bytes = row_of(db, moment, retention_key);
  if (!bytes) return bytes.error();
  if (bytes->empty()) return retention_state{};
  auto state = retention_state_from(*bytes);
  if (!state) return damaged();
  return std::move(*state);
}

}  // namespace

sample_retention::sample_retention(database_ptr db, class_words words)
    : db_(std::move(db)), words_(std::move(words)) {
  auto state = state_of(*db_, nullptr);
  auto why = state ? load_kept() : state.error();
  if (why) throw storage_error(db_->folder().string() + ": " + render(why));
  state_ = std::move(*state);
}

caf::error sample_retention::load_kept() {
  rows at{(*db_)->NewIterator({}, family(*db_, history_family::meta))};
  for (at->Seek({kept_prefix.data(), kept_prefix.size()}); at->Valid(); at->Next()) {
    auto key = at->key().ToStringView();
    if (!key.starts_with(kept_prefix)) break;
    key.remove_prefix(kept_prefix.size());
    auto series = take_big_endian<std::uint32_t>(key);
    auto record = kept_record_from(at->value().ToStringView());
    if (!series || !record) return damaged();
    kept_.emplace(*series, std::move(*record));
  }
  return at->status().ok() ? caf::error{} : failure(at->status());
}

wall_time sample_retention::kept_from(std::uint32_t series) const {
  auto found = kept_.find(series);
  return found == kept_.end() ? state_.kept_from : std::max(state_.kept_from, found->second.from);
}

caf::expected<wall_time> kept_from_of(
    const database& db, const rocksdb::Snapshot* moment, std::uint32_t series
) {
  auto state = state_of(db, moment);
  if (!state) return state.error();
  auto bytes = row_of(db, moment, kept_key(series));
  if (!bytes) return bytes.error();
  if (bytes->empty()) return state->kept_from;
  auto record = kept_record_from(*bytes);
  if (!record) return damaged();
  return std::max(state->kept_from, record->from);
}

void sample_retention::begin(wall_time now, const retention_classes& classes) {
  by_quota_ = false;
  classes_ = classes;
  begin_looking(now);
}

void sample_retention::begin_with_oldest(wall_time now) {
  by_quota_ = true;
  begin_looking(now);
}

void sample_retention::begin_looking(wall_time now) {
  phase_ = phase::looking;
  cursor_ = 0;
  now_ = now;
  oldest_ = first_end_ = wall_time::max();
  newest_ = wall_time::min();
}

void sample_retention::begin_dropping() {
  state_.last_run = now_;
  phase_ = oldest_ <= newest_ ? phase::dropping : phase::idle;
  if (phase_ == phase::idle) return;  // there is nothing
  cursor_ = 0;
  newest_ = std::min(newest_, now_);
  auto share = std::min<std::chrono::milliseconds>((newest_ - oldest_) / 20, quota_run_max);
  goal_ = std::max(first_end_ + minute, oldest_ + share);
  std::uint64_t chunks = 0;
  (*db_)->GetIntProperty(
      family(*db_, history_family::chunks), rocksdb::DB::Properties::kEstimateNumKeys, &chunks
  );
  chunks_left_ = std::max(few_chunks, chunks / 10);
}

std::optional<std::uint32_t> sample_retention::next_series() {
  if (cursor_ > std::numeric_limits<std::uint32_t>::max()) return {};
  rows at{(*db_)->NewIterator({}, family(*db_, history_family::series))};
  at->Seek(to_big_endian(static_cast<std::uint32_t>(cursor_)));
  if (!at->Valid()) return {};
  auto key = at->key().ToStringView();
  return take_big_endian<std::uint32_t>(key);
}

caf::expected<bool> sample_retention::step() {
  if (phase_ == phase::idle) return false;
  rocksdb::WriteBatch batch;
  chunks_a_step_ = std::min(chunks_a_step, chunks_left_);
  auto planned = chunks_a_step_;
  auto over = false;
  for (std::size_t n = 0; n < series_a_step; ++n) {
    auto series = next_series();
    over = !series;
    if (over) break;
    auto whole = phase_ == phase::looking ? look(*series) : drop(*series, batch);
    if (!whole) return whole.error();
    if (!*whole) break;  // this one has more than a step may delete
    cursor_ = std::uint64_t{*series} + 1;
  }
  if (phase_ == phase::looking) {
    if (over) begin_dropping();
    return phase_ != phase::idle;
  }
  chunks_left_ -= planned - chunks_a_step_;
  if (over || chunks_left_ == 0) phase_ = phase::idle;
  if (auto why = write(batch)) return why;
  return phase_ != phase::idle;
}

caf::error sample_retention::write(rocksdb::WriteBatch& batch) const {
  rocksdb::Slice key{retention_key.data(), retention_key.size()};
  batch.Put(family(*db_, history_family::meta), key, to_bytes(state_));
  auto planted = rocksdb::Status::IOError("planted");
  if (fails_at(failpoint::retention_before_write)) return failure(planted);
  auto status = (*db_)->Write({}, &batch);
  if (fails_at(failpoint::retention_after_write, db_->folder())) return failure(planted);
  return status.ok() ? caf::error{} : failure(status);
}

caf::expected<bool> sample_retention::look(std::uint32_t series) {
  rows at{(*db_)->NewIterator({}, family(*db_, history_family::chunks))};
  for (auto which : {lane::ordered, lane::late}) {
    at->Seek(chunks_of(series, which, wall_time::min()));
    auto first = key_at(*at, series, which);
    if (!first) continue;
    auto end = last_of(*at, *first);
    first_end_ = std::min(first_end_, end);
    oldest_ = std::min(oldest_, first->first);
    at->SeekForPrev(to_bytes(chunk_key{series, which, wall_time::max(), UINT64_MAX}));
    if (auto last = key_at(*at, series, which)) newest_ = std::max(newest_, last->first);
  }
  if (!at->status().ok()) return failure(at->status());
  return true;
}

caf::expected<bool> sample_retention::drop(std::uint32_t series, rocksdb::WriteBatch& batch) {
  auto& kept = kept_[series];
  auto before = kept;
  if (auto word = words_ ? words_(series) : std::nullopt) kept.word = std::move(word);
  auto rule = by_quota_ ? retention_class{} : classes_.of(kept.word);
  auto by_age = rule.raw > rule.raw.zero() ? newest_ - rule.raw : wall_time::min();
  auto whole = caf::expected<bool>{true};
  for (auto which : {lane::ordered, lane::late}) {
    whole = drop_lane(series, which, by_quota_ ? goal_ : by_age, batch);
    if (!whole || !*whole) break;
  }
  if (whole && *whole) drop_rows(series, rule.rollups, batch);
  if (kept != before)
    batch.Put(family(*db_, history_family::meta), kept_key(series), to_bytes(kept));
  return whole;
}

/// Chunks lie in order of their first samples: the first that is not over ends it, though later
/// ones of the late lane may be.
caf::expected<bool> sample_retention::drop_lane(
    std::uint32_t series, lane which, wall_time goal, rocksdb::WriteBatch& batch
) {
  rows at{(*db_)->NewIterator({}, family(*db_, history_family::chunks))};
  auto begin = chunks_of(series, which, wall_time::min());
  auto whole = true;
  dropped_history mine;
  at->Seek(begin);
  for (auto key = key_at(*at, series, which); key; key = key_at(*at, series, which)) {
    auto last = last_of(*at, *key);
    if (last >= goal) break;
    whole = chunks_a_step_ > 0;
    if (!whole) break;
    --chunks_a_step_;
    ++mine.chunks;
    mine.samples += summary_at(*at).count;
    mine.before = std::max(mine.before, floor_to(last, minute) + minute);
    batch.Delete(family(*db_, history_family::chunks), at->key());
    at->Next();
  }
  if (!at->status().ok()) return failure(at->status());
  if (mine.empty()) return whole;
  auto& kept = kept_[series].from;
  kept = std::max(kept, mine.before);
  auto& all = state_.dropped;
  all.by_quota = by_quota_;
  all.before = std::max(all.before, mine.before);
  all.chunks += mine.chunks;
  all.samples += mine.samples;
  return whole;
}

void sample_retention::drop_rows(
    std::uint32_t series, std::chrono::days after, rocksdb::WriteBatch& batch
) {
  auto from = kept_from(series);
  if (after == after.zero() || from == wall_time::min()) return;
  auto before = std::min(newest_ - after, from);
  auto* rollups = family(*db_, history_family::rollups);
  rows at{(*db_)->NewIterator({}, rollups)};
  for (auto& span : rollup_spans) {
    auto begin = to_bytes(rollup_key{series, span.level, wall_time::min()});
    auto end = to_bytes(rollup_key{series, span.level, floor_to(before, span.row)});
    at->Seek(begin);
    if (at->Valid() && at->key().compare(end) < 0) batch.DeleteRange(rollups, begin, end);
  }
}

caf::error sample_retention::journaled() {
  state_.dropped = {};
  rocksdb::WriteBatch batch;
  return write(batch);
}

caf::error give_back_space(const database& db) {
  rocksdb::CompactRangeOptions beside;
  beside.exclusive_manual_compaction = false;
  for (auto which : {history_family::chunks, history_family::rollups}) {
    auto status = db->CompactRange(beside, family(db, which), nullptr, nullptr);
    if (status.IsIncomplete()) return {};  // stopped
    if (!status.ok()) return failure(status);
  }
  return {};
}

void sample_retention::stop_giving_back() { (*db_)->DisableManualCompaction(); }

}  // namespace stellwerk
