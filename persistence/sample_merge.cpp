#include "persistence/sample_merge.hpp"

#include <rocksdb/db.h>

#include <algorithm>

#include "actors/model/error.hpp"
#include "persistence/chunk.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t open_runs_max = 1024;

rocksdb::ReadOptions reading(const rocksdb::Snapshot* moment) {
  rocksdb::ReadOptions options;
  options.snapshot = moment;
  return options;
}

/// Where chunks of the late lane begin that may reach `from`.
wall_time late_before(wall_time from) {
  return from < wall_time::min() + late_span_max ? wall_time::min() : from - late_span_max;
}

}  // namespace

lane_cursor::lane_cursor(
    const database& db, const rocksdb::Snapshot* moment, std::uint32_t series, lane which,
    wall_time from
)
    : series_(series),
      lane_(which),
      at_(db->NewIterator(reading(moment), family(db, history_family::chunks))) {
  seek(from);
}

lane_cursor::~lane_cursor() = default;
lane_cursor::lane_cursor(lane_cursor&&) noexcept = default;
lane_cursor& lane_cursor::operator=(lane_cursor&&) noexcept = default;

void lane_cursor::seek(wall_time from) {
  if (lane_ == lane::ordered) {
    at_->SeekForPrev(to_bytes(chunk_key{series_, lane_, from, written_last}));
    if (load()) return;
    at_->Seek(to_bytes(chunk_key{series_, lane_, from, 0}));
  } else {
    at_->Seek(to_bytes(chunk_key{series_, lane_, late_before(from), 0}));
  }
  load();
}

std::string_view lane_cursor::stored() const { return at_->value().ToStringView(); }

std::string_view lane_cursor::chunk() const { return chunk_in(stored()); }

void lane_cursor::next() {
  at_->Next();
  load();
}

void lane_cursor::skip_to(wall_time from) {
  if (key_ && key_->first < (lane_ == lane::ordered ? from : late_before(from))) seek(from);
}

caf::error lane_cursor::status() const {
  return at_->status().ok() ? caf::error{} : failure(at_->status());
}

bool lane_cursor::load() {
  key_.reset();
  if (!at_->Valid()) return false;
  auto key = chunk_key_from(at_->key().ToStringView());
  if (key && key->series == series_ && key->lane == lane_) key_ = key;
  return key_.has_value();
}

series_merge::series_merge(
    const database& db, const rocksdb::Snapshot* moment, std::uint32_t series, wall_time from,
    wall_time to
)
    : from_(from),
      to_(to),
      lanes_{
          lane_cursor{db, moment, series, lane::ordered, from},
          lane_cursor{db, moment, series, lane::late, from}} {}

void series_merge::add_run(samples items, std::uint64_t written) {
  items.erase(std::ranges::lower_bound(items, to_, {}, &sample::time), items.end());
  items.erase(items.begin(), std::ranges::lower_bound(items, from_, {}, &sample::time));
  if (!items.empty()) runs_.push_back({std::move(items), 0, written});
}

/// One round is enough: what the second lane opens only brings the next sample nearer, and the
/// first lane's next chunk was behind it.
caf::error series_merge::prepare(wall_time until) {
  std::erase_if(runs_, [](const run& one) { return one.done(); });
  auto end = std::min(until, to_);
  for (auto& lane : lanes_) {
    for (; lane.key() != nullptr && lane.key()->first < end && lane.key()->first <= next_time();
         lane.next())
      if (auto why = open(lane)) return why;
    if (lane.key() == nullptr)
      if (auto why = lane.status()) return why;
  }
  return {};
}

const sample* series_merge::front() const {
  const run* best = nullptr;
  for (auto& one : runs_) {
    if (one.done()) continue;
    if (best == nullptr || one.front().time < best->front().time ||
        (one.front().time == best->front().time && one.written > best->written))
      best = &one;
  }
  return best == nullptr ? nullptr : &best->front();
}

void series_merge::pop() {
  auto moment = next_time();
  for (auto& one : runs_)
    if (!one.done() && one.front().time == moment) ++one.at;
}

void series_merge::skip_to(wall_time from) {
  from_ = std::max(from_, from);
  for (auto& one : runs_)
    while (!one.done() && one.front().time < from_) ++one.at;
  for (auto& lane : lanes_) lane.skip_to(from_);
}

wall_time series_merge::next_time() const {
  auto* next = front();
  return next == nullptr ? wall_time::max() : next->time;
}

wall_time series_merge::alone_until(wall_time until) const {
  if (runs_.size() != 1) return wall_time::min();
  auto end = std::min(until, to_);
  for (auto& lane : lanes_)
    if (lane.key() != nullptr) end = std::min(end, lane.key()->first);
  return end;
}

caf::error series_merge::open(lane_cursor& lane) {
  auto bytes = lane.chunk();
  auto about = chunk::summary_of(bytes);
  if (about.count > 0 && about.last < from_) return {};
  if (runs_.size() >= open_runs_max) return refuse(errc::too_large);
  ++opened_;
  auto items = chunk::decode(bytes, lane.key()->series);
  if (!items) return items.error();
  add_run(std::move(*items), lane.key()->written);
  return {};
}

}  // namespace stellwerk
