#include "persistence/journal_retention.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <iterator>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "monitoring/failpoint.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/journal_index.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view looks_key = "retention";
constexpr std::string_view confirmation = "journal.clock-confirmed";
constexpr auto clock_moves_max = 24h;
constexpr auto run_every = 24h;
constexpr auto quota_keeps = 30 * 24h;
constexpr std::uint64_t run_share = 10;  // a tenth of the entries
constexpr std::uint64_t disk_share = 10;
constexpr int segments_a_step = 5;

/// What the journal tells of a deletion in it. `hash` is that of the last entry deleted.
struct dropped_facts {
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;
  wall_time newest{};
  std::string hash;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(dropped_facts, (), (from_seq, to_seq, newest, hash, reason))

/// Some of the oldest entries: how they end, and the keys of their index rows.
struct segment {
  journal_cut end = {};
  wall_time newest = wall_time::min();
  std::vector<std::string> rows = {};
};

/// The entries after `from` up to `end`; empty unless they are whole.
std::optional<segment> read_segment(
    const database& db, const journal_cut& from, std::uint64_t end
) {
  segment read{from};
  hash_chain chain;
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator(once, family(db, store_family::journal))};
  for (row->Seek(to_big_endian(from.seq + 1)); row->Valid() && read.end.seq < end; row->Next()) {
    auto one = entry_from(row->value().ToStringView());
    if (!one || one->seq != read.end.seq + 1) return {};
    read.end = {one->seq, chain.link(read.end.hash, one->stored)};
    if (!is_hash(one->hash, read.end.hash)) return {};
    read.newest = std::max(read.newest, one->time);
    // With the row that it has if the clock had been set back: what was before it is gone.
    std::ranges::move(index_keys(*one, wall_time::max()), std::back_inserter(read.rows));
  }
  return read.end.seq == end ? std::optional{std::move(read)} : std::nullopt;
}

/// Of an entry; of one that cannot be read, the beginning of time.
wall_time time_at(const database& db, std::uint64_t seq) {
  rocksdb::PinnableSlice value;
  auto status = db->Get({}, family(db, store_family::journal), to_big_endian(seq), &value);
  auto one = status.ok() ? entry_from(value.ToStringView()) : std::nullopt;
  return one ? one->time : wall_time::min();
}

std::uint64_t ms_of(wall_time time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}
wall_time time_of(std::uint64_t ms) {
  return wall_time{std::chrono::milliseconds{static_cast<std::int64_t>(ms)}};
}

std::uint64_t bytes_of(const database& db, store_family which, std::string_view from) {
  std::string end(64, '\xff');
  rocksdb::Range range{{from.data(), from.size()}, end};
  std::uint64_t bytes = 0;
  rocksdb::SizeApproximationOptions files_and_memory;
  files_and_memory.include_memtables = true;
  db->GetApproximateSizes(files_and_memory, family(db, which), &range, 1, &bytes);
  return bytes;
}

}  // namespace

journal_retention::journal_retention(database_ptr db, const journal_options& options)
    : db_(std::move(db)), options_(options) {}

std::optional<journal_retention::looks> journal_retention::read_looks() const {
  std::string bytes;
  rocksdb::Slice key{looks_key.data(), looks_key.size()};
  if (!(*db_)->Get({}, family(*db_, store_family::meta), key, &bytes).ok()) return {};
  std::string_view in = bytes;
  auto last = take_big_endian<std::uint64_t>(in);
  auto run = take_big_endian<std::uint64_t>(in);
  if (!last || !run) return {};
  return looks{time_of(*last), time_of(*run)};
}

caf::error journal_retention::keep(const looks& now) const {
  std::string bytes;
  append_big_endian(bytes, ms_of(now.last));
  append_big_endian(bytes, ms_of(now.run));
  rocksdb::Slice key{looks_key.data(), looks_key.size()};
  auto planted = rocksdb::Status::IOError("planted");
  if (fails_at(failpoint::look_before_write)) return failure(planted);
  auto status = (*db_)->Put({}, family(*db_, store_family::meta), key, bytes);
  if (fails_at(failpoint::look_after_write, db_->folder())) return failure(planted);
  return status.ok() ? caf::error{} : failure(status);
}

bool journal_retention::confirmed() const {
  std::error_code absent;
  return std::filesystem::remove(db_->folder().parent_path() / confirmation, absent);
}

caf::expected<bool> journal_retention::look(wall_time now) {
  auto before = read_looks().value_or(looks{now, now});
  auto moved = now < before.last ? before.last - now : now - before.last;
  held_ = moved > clock_moves_max && !confirmed();
  if (held_) return false;
  auto runs = now - before.run >= run_every || now < before.run - run_every;
  if (auto why = keep({now, runs ? now : before.run})) return why;
  if (!runs || broken_) return false;
  auto head = read_head(*db_);
  auto cut = read_cut(*db_);
  if (!head) return head.error();
  if (!cut) return cut.error();
  auto entries = head->seq - cut->seq;
  run_end_ = cut->seq + entries / run_share;
  quota_end_ = cut->seq + over_quota(cut->seq + 1, entries);
  return true;
}

/// How many entries of the usual size the journal has too many.
std::uint64_t journal_retention::over_quota(std::uint64_t first, std::uint64_t entries) const {
  std::error_code unknown;
  auto disk = std::filesystem::space(db_->folder(), unknown).capacity;
  if (unknown && options_.quota_bytes == 0) return 0;
  auto quota = options_.quota_bytes != 0 ? options_.quota_bytes : disk / disk_share;
  auto bytes = bytes_of(*db_, store_family::journal, to_big_endian(first)) +
               bytes_of(*db_, store_family::journal_index, {});
  if (bytes <= quota || entries == 0) return 0;
  auto each = std::max<std::uint64_t>(bytes / entries, 1);
  return (bytes - quota + each - 1) / each;
}

caf::expected<std::uint64_t> journal_retention::step(store_writer& writer, wall_time now) {
  auto cut = read_cut(*db_);
  if (!cut) return cut.error();
  dropped_facts facts{cut->seq + 1, cut->seq, {}, {}, {}};
  segment all{*cut};
  wall_time old = now - std::chrono::days{options_.retention_days};
  for (int i = 0; i < segments_a_step; ++i) {
    auto end = (all.end.seq / segment_entries + 1) * segment_entries;
    if (end > run_end_) break;
    auto bound = end <= quota_end_ ? std::max(old, now - quota_keeps) : old;
    if (time_at(*db_, end) >= bound) break;  // before all of the segment is read
    auto next = read_segment(*db_, all.end, end);
    broken_ = !next;
    if (!next) break;
    if (next->newest >= bound) break;
    if (i == 0) facts.reason = next->newest < old ? "retention" : "quota";
    facts.newest = std::max(facts.newest, next->newest);
    std::ranges::move(next->rows, std::back_inserter(all.rows));
    all.end = next->end;
  }
  if (all.end.seq == cut->seq) return std::uint64_t{0};
  facts.to_seq = all.end.seq;
  facts.hash = to_hex(all.end.hash);
  auto told = make_event(event_type::journal_dropped, "journal", nullptr, {json::encode(facts)});
  writer.drop(all.end, all.rows, told, now);
  return all.end.seq - cut->seq;
}

}  // namespace stellwerk
