#include "persistence/chunk_compaction.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "monitoring/failpoint.hpp"
#include "persistence/bytes.hpp"
#include "persistence/sample_heads.hpp"
#include "persistence/sample_merge.hpp"

namespace stellwerk {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t loose_max = 2'048;      // chunks that one look goes back
constexpr std::size_t bytes_max = 256 << 10;  // of chunks that are made one: texts are large
constexpr std::size_t ordered_max = 2;        // chunks that late ones are put into at a time

struct stored_bytes {
  chunk_key key;
  std::string bytes;

  chunk::summary summary() const { return chunk::summary_of(chunk_in(bytes)); }
};
using chunks = std::vector<stored_bytes>;

/// Newest first, those of the ordered lane until one that is large or damaged.
caf::expected<chunks> loose_chunks(const database& db, std::uint32_t series, std::size_t large) {
  std::unique_ptr<rocksdb::Iterator> at{
      db.operator->()->NewIterator({}, family(db, history_family::chunks))};
  chunks found;
  auto last = chunk_key{series, lane::ordered, wall_time::max(), written_last};
  for (at->SeekForPrev(to_bytes(last)); at->Valid() && found.size() < loose_max; at->Prev()) {
    auto key = chunk_key_from(at->key().ToStringView());
    if (!key || key->series != series || key->lane != lane::ordered) break;
    stored_bytes one{*key, at->value().ToString()};
    auto count = one.summary().count;
    if (count == 0 || count >= large || one.bytes.size() >= bytes_max / 2) break;
    found.push_back(std::move(one));
  }
  if (!at->status().ok()) return failure(at->status());
  return found;
}

/// What is read of some chunks, and the write that puts others in their place.
class exchange {
 public:
  exchange(const database& db, std::uint32_t series) : db_(db), series_(series) {}

  /// Empty if it is damaged.
  std::optional<samples> take(const stored_bytes& one) {
    auto items = chunk::decode(chunk_in(one.bytes), series_);
    if (!items) return {};
    batch_.Delete(chunks_family(), to_bytes(one.key));
    auto skew = byte_reader{one.bytes}.signed_varint();
    if (std::abs(skew) > std::abs(skew_)) skew_ = skew;
    ++taken_;
    return std::move(*items);
  }
  void put(lane which, std::span<const sample> run, std::uint64_t written) {
    batch_.Put(
        chunks_family(), to_bytes(chunk_key{series_, which, run.front().time, written}),
        stored_chunk(run, skew_)
    );
  }
  caf::error write() {
    auto planted = rocksdb::Status::IOError("planted");
    if (fails_at(failpoint::joining_before_write)) return failure(planted);
    auto status = db_->Write({}, &batch_);
    if (fails_at(failpoint::joining_after_write, db_.folder())) return failure(planted);
    return status.ok() ? caf::error{} : failure(status);
  }
  std::size_t taken() const { return taken_; }

 private:
  rocksdb::ColumnFamilyHandle* chunks_family() const { return family(db_, history_family::chunks); }

  const database& db_;
  std::uint32_t series_;
  rocksdb::WriteBatch batch_;
  std::int64_t skew_ = 0;
  std::size_t taken_ = 0;
};

/// How many from the front fit into one chunk.
std::size_t that_fit(const chunks& some, const compaction_limits& max) {
  std::size_t count = 0, samples = 0, bytes = 0;
  for (; count < some.size() && count < max.chunks; ++count) {
    samples += some[count].summary().count;
    bytes += some[count].bytes.size();
    if (samples > max.samples || bytes > bytes_max) break;
  }
  return count;
}

/// Chunks of the late lane, from the first on, and where those that are taken end.
struct late_window {
  chunks taken;
  wall_time begin{};
  wall_time end{};
};

caf::expected<late_window> first_late(const database& db, std::uint32_t series, std::size_t count) {
  late_window found;
  lane_cursor at{db, nullptr, series, lane::late, wall_time::min()};
  for (; at.key() != nullptr; at.next()) {
    auto first = at.key()->first;
    if (found.taken.size() >= count && first > found.begin) {
      found.end = std::min(found.end, first);
      break;
    }
    if (found.taken.empty()) found.begin = found.end = first;
    found.taken.push_back({*at.key(), std::string{at.stored()}});
    found.end = std::max(found.end, found.taken.back().summary().last + milliseconds{1});
  }
  if (auto why = at.status()) return why;
  return found;
}

/// The ordered chunks among which the window's samples belong; ends the window before others.
caf::expected<chunks> ordered_in(const database& db, std::uint32_t series, late_window& window) {
  chunks found;
  lane_cursor at{db, nullptr, series, lane::ordered, window.begin};
  for (; at.key() != nullptr && at.key()->first < window.end; at.next()) {
    stored_bytes one{*at.key(), std::string{at.stored()}};
    if (one.summary().last < window.begin) continue;
    if (found.size() == ordered_max) {
      window.end = at.key()->first;
      break;
    }
    found.push_back(std::move(one));
  }
  if (auto why = at.status()) return why;
  return found;
}

void put_evenly(
    exchange& to, std::span<const sample> run, std::size_t most, std::uint64_t written
) {
  for (auto parts = (run.size() + most - 1) / most; parts > 0; --parts) {
    auto size = (run.size() + parts - 1) / parts;
    to.put(lane::ordered, run.first(size), written);
    run = run.subspan(size);
  }
}

std::uint64_t least_written(const chunks& some) {
  return std::ranges::min(some, {}, [](auto& one) { return one.key.written; }).key.written;
}

}  // namespace

void chunk_compaction::note_closing(std::uint32_t series, std::uint64_t written) {
  // Not by turns: heads are closed by turns too, and some series would never be looked at.
  auto drawn = (written * 0x9e3779b97f4a7c15u ^ series * 0xd6e8feb86659fd93u) >> 32u;
  if (drawn % max_.closings == 0 && is_due_.insert(series).second) due_.push_back(series);
}

caf::error chunk_compaction::step() {
  if (due_.empty()) return {};
  auto series = due_.front();
  due_.pop_front();
  is_due_.erase(series);
  for (auto work : {&chunk_compaction::place_late, &chunk_compaction::join_neighbours}) {
    auto done = (this->*work)(series);
    if (!done) return done.error();
    if (!*done) continue;
    if (is_due_.insert(series).second) due_.push_back(series);
    break;
  }
  return {};
}

/// The oldest first, so that none is left behind a large one. A chunk of the ordered lane keeps the
/// least record of what it is made of: whatever is late there was written after that.
caf::expected<bool> chunk_compaction::join_neighbours(std::uint32_t series) {
  auto loose = loose_chunks(*db_, series, max_.samples / 2);
  if (!loose) return loose.error();
  std::ranges::reverse(*loose);
  auto count = that_fit(*loose, max_);
  if (count < 2 || (count == loose->size() && count < max_.chunks)) return false;
  loose->resize(count);
  exchange all{*db_, series};
  samples joined;
  for (auto& one : *loose) {
    auto items = all.take(one);
    if (!items) return false;
    std::ranges::move(*items, std::back_inserter(joined));
  }
  all.put(lane::ordered, joined, least_written(*loose));
  if (auto why = all.write()) return why;
  replaced_ += all.taken();
  return true;
}

/// What of the first late chunks is in a window that two ordered chunks reach across goes into
/// these; the rest stays late. No late sample before the end of the window is left.
caf::expected<bool> chunk_compaction::place_late(std::uint32_t series) {
  auto window = first_late(*db_, series, max_.late_chunks);
  if (!window) return window.error();
  if (window->taken.size() < max_.late_chunks) return false;
  auto ordered = ordered_in(*db_, series, *window);
  if (!ordered) return ordered.error();
  std::erase_if(window->taken, [&](auto& one) { return one.key.first >= window->end; });
  std::ranges::sort(window->taken, {}, [](auto& one) { return one.key.written; });
  exchange all{*db_, series};
  samples joined;
  for (auto& one : *ordered) {
    auto items = all.take(one);
    if (!items) return false;
    std::ranges::move(*items, std::back_inserter(joined));
  }
  for (auto& one : window->taken) {
    auto items = all.take(one);
    if (!items) return false;
    auto end = std::ranges::lower_bound(*items, window->end, {}, &sample::time);
    std::move(items->begin(), end, std::back_inserter(joined));
    if (end != items->end()) all.put(lane::late, {end, items->end()}, one.key.written);
  }
  ordered->insert(ordered->end(), window->taken.begin(), window->taken.end());
  put_evenly(all, ascending(std::move(joined)), max_.samples, least_written(*ordered));
  if (auto why = all.write()) return why;
  replaced_ += all.taken();
  return true;
}

}  // namespace stellwerk
