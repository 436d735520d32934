#include "persistence/rollup_builder.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>

#include "monitoring/failpoint.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/rollup_records.hpp"
#include "persistence/sample_merge.hpp"
#include "persistence/sample_pages.hpp"

namespace stellwerk {

namespace {

constexpr auto minute = std::chrono::minutes{1};
constexpr std::uint32_t build_samples = 2'000;  // at a time: each may be in a row of its own

samples joined(const std::vector<samples>& runs) {
  samples all;
  for (auto& run : runs) all.insert(all.end(), run.begin(), run.end());
  return all;
}

[[noreturn]] void refuse_damaged(const database& db, const std::string& why) {
  throw storage_error(
      db.folder().string() + ": its roll-ups cannot be built: " + why + "; restore it from a backup"
  );
}
void require(const database& db, const rocksdb::Status& status) {
  if (!status.ok()) refuse_damaged(db, status.ToString());
}

void build_series(const database& db, std::uint32_t series) {
  auto stored_until = wall_time::min();
  read_range what{{series}, wall_time::min(), wall_time::max(), build_samples, 0};
  for (bool more = true; more;) {
    auto page = read_page(db, what, {});
    if (!page) refuse_damaged(db, "a chunk is damaged");
    if (page->items.empty()) return;
    rocksdb::WriteBatch batch;
    rollup_builder rows{db, series, stored_until};
    if (rows.append(page->items) || rows.put(batch)) refuse_damaged(db, "a row is damaged");
    require(db, db->Write({}, &batch));
    if (fails_at(failpoint::rollups_after_series, db.folder()))
      refuse_damaged(db, "an error was planted");
    stored_until = page->items.back().time;
    what.from = stored_until + std::chrono::milliseconds{1};
    more = page->more;
  }
}

}  // namespace

rollup_builder::rollup_builder(const database& db, std::uint32_t series, wall_time stored_until)
    : db_(db), series_(series), stored_until_(stored_until) {}

caf::expected<rollup_row*> rollup_builder::row(const rollup_span& span, wall_time begin) {
  auto& mine = rows_[static_cast<std::size_t>(span.level) - 1];
  if (auto found = mine.find(begin); found != mine.end()) return &found->second;
  rollup_row made(span.slots());
  if (begin <= stored_until_) {
    std::string bytes;
    auto key = to_bytes(rollup_key{series_, span.level, begin});
    auto status = db_->Get({}, family(db_, history_family::rollups), key, &bytes);
    if (!status.ok() && !status.IsNotFound()) return failure(status);
    if (status.ok()) {
      auto stored = rollup_row_from(bytes, span);
      made = stored ? std::move(*stored) : remade(span, begin);
    }
  }
  return &mine.emplace(begin, std::move(made)).first->second;
}

/// Instead of a damaged one: of chunks or of the rows below, as far as these are whole.
rollup_row rollup_builder::remade(const rollup_span& span, wall_time begin) {
  rollup_row made(span.slots());
  if (span.level == rollup_level::minute) {
    series_merge merge{db_, nullptr, series_, begin, begin + span.row};
    merge.take_until(begin + span.row, [&](const sample& one) {
      made[span.slot_of(one.time)].add(one.value);
    });
    return made;
  }
  auto& below = span_of(static_cast<rollup_level>(static_cast<int>(span.level) - 1));
  for (std::size_t slot = 0; slot < made.size(); ++slot)
    if (auto part = row(below, begin + static_cast<std::int64_t>(slot) * span.unit))
      made[slot] = total_of(**part);
  return made;
}

caf::expected<rollup*> rollup_builder::bucket(rollup_level level, wall_time when) {
  auto& span = span_of(level);
  auto found = row(span, floor_to(when, span.row));
  if (!found) return found.error();
  return &(**found)[span.slot_of(when)];
}

caf::expected<std::size_t> rollup_builder::rebuild(
    const std::vector<samples>& late, wall_time kept_from
) {
  auto items = joined(late);
  if (items.empty()) return std::size_t{0};
  auto from = floor_to(items.front().time, minute);
  auto to = floor_to(items.back().time, minute) + minute;
  auto merge = std::make_unique<series_merge>(db_, nullptr, series_, from, to);
  merge->add_run(items, written_last);
  std::size_t inexact = 0;
  for (auto next = items.begin(); next != items.end(); ++rebuilt_) {
    auto begin = floor_to(next->time, minute);
    auto end = std::ranges::lower_bound(next, items.end(), begin + minute, {}, &sample::time);
    auto known = bucket(rollup_level::minute, begin);
    if (!known) return known.error();
    if (begin < kept_from) {
      for (auto at = next; at != end && !(*known)->empty(); ++at) (*known)->add(at->value);
      ++inexact;
      next = end;
      continue;
    }
    rollup fresh;
    merge->skip_to(begin);
    if (merge->take_until(begin + minute, [&](const sample& one) { fresh.add(one.value); })) {
      fresh = **known;
      for (auto at = next; at != end; ++at) fresh.add(at->value);
      merge = std::make_unique<series_merge>(db_, nullptr, series_, begin + minute, to);
      merge->add_run({end, items.end()}, written_last);
      ++inexact;
    }
    **known = std::move(fresh);
    next = end;
  }
  return inexact;
}

caf::error rollup_builder::append(std::span<const sample> run) {
  rollup* now = nullptr;
  auto end = wall_time::min();
  for (auto& one : run) {
    if (now == nullptr || one.time >= end) {
      auto found = bucket(rollup_level::minute, one.time);
      if (!found) return found.error();
      now = *found;
      end = floor_to(one.time, minute) + minute;
    }
    now->add(one.value);
  }
  return {};
}

caf::error rollup_builder::total(rollup_level of, rollup_level into) {
  for (auto& [begin, row] : rows_[static_cast<std::size_t>(of) - 1]) {
    auto all = total_of(row);
    if (all.empty()) continue;  // nothing is known, and nothing was added
    auto found = bucket(into, begin);
    if (!found) return found.error();
    **found = std::move(all);
  }
  return {};
}

caf::error rollup_builder::put(rocksdb::WriteBatch& batch) {
  if (auto why = total(rollup_level::minute, rollup_level::hour)) return why;
  if (auto why = total(rollup_level::hour, rollup_level::day)) return why;
  auto* rollups = family(db_, history_family::rollups);
  for (auto& span : rollup_spans)
    for (auto& [begin, row] : rows_[static_cast<std::size_t>(span.level) - 1])
      if (!std::ranges::all_of(row, &rollup::empty))
        batch.Put(rollups, to_bytes(rollup_key{series_, span.level, begin}), to_bytes(row));
  return {};
}

void build_rollups(const database& db) {
  auto* rollups = family(db, history_family::rollups);
  // What a build that was cut short left behind: no key of ours is beyond.
  auto planted = rocksdb::Status::IOError("planted");
  if (fails_at(failpoint::rollups_before_clear)) require(db, planted);
  require(db, db->DeleteRange({}, rollups, rocksdb::Slice{}, std::string(16, '\xff')));
  if (fails_at(failpoint::rollups_after_clear, db.folder())) require(db, planted);
  std::unique_ptr<rocksdb::Iterator> at{db->NewIterator({}, family(db, history_family::series))};
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    auto key = at->key().ToStringView();
    if (auto series = take_big_endian<std::uint32_t>(key)) build_series(db, *series);
  }
  require(db, at->status());
}

}  // namespace stellwerk
