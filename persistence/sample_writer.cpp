#include "persistence/sample_writer.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "actors/model/error.hpp"
#include "monitoring/failpoint.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/rollup_builder.hpp"
#include "persistence/sample_retention.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t heads_a_step = 128;
constexpr std::uint64_t minutes_a_step = 512;  // of roll-ups, made anew
constexpr double near = 0.875;  // of a limit: from here on a little is done each time
constexpr std::size_t source_bytes_max = 512;
constexpr std::size_t record_overhead = 32;  // of a log record beside its value, about

caf::error planted() { return failure(rocksdb::Status::IOError("planted")); }

bool storable(const sample& one) {
  if (one.value.empty()) return false;
  if (auto* real = one.value.as<double>()) return std::isfinite(*real);
  auto* text = one.value.as<std::string>();
  return text == nullptr || text->size() <= value::text_bytes_max;
}

std::uint32_t count_of(const append_samples& what) {
  return static_cast<std::uint32_t>(what.items.size() + what.refused.size());
}

/// Every item, those refused before it included, in their order.
post_answer all_refused(const append_samples& what, const char* code, const char* message) {
  post_answer answer;
  auto before = what.refused.begin();
  for (std::uint32_t index = 0; index < count_of(what); ++index) {
    if (before != what.refused.end() && before->index == index)
      answer.refused.push_back(*before++);
    else
      answer.refused.push_back({index, code, message});
  }
  return answer;
}

}  // namespace

caf::expected<sample_writer::taken> sample_writer::add(
    append_samples& what, wall_time now, bool has_room
) {
  if (!std::ranges::all_of(what.items, storable)) return refuse(errc::invalid);
  if (what.stamp) return take_stamped(what, now, has_room);
  if (!has_room) return refuse(errc::storage_full);
  post_answer answer{static_cast<std::uint32_t>(what.items.size()), std::move(what.refused)};
  std::ranges::move(what.items, std::back_inserter(items_));
  return taken{std::move(answer), false};
}

std::size_t sample_writer::add(samples items) {
  auto before = items_.size();
  for (auto& one : items)
    if (storable(one)) items_.push_back(std::move(one));
  return items_.size() - before;
}

caf::expected<sample_writer::taken> sample_writer::take_stamped(
    append_samples& what, wall_time now, bool has_room
) {
  auto& stamp = *what.stamp;
  if (stamp.source.empty() || stamp.source.size() > source_bytes_max) return refuse(errc::invalid);
  std::optional<std::string> forgotten;
  auto* known = sources_.admit(stamp.source, now, forgotten);
  if (forgotten) {
    answers_.erase(*forgotten);
    batch_->Delete(family(*db_, history_family::sources), *forgotten);
  }
  if (known == nullptr) return refuse(errc::over_limit);
  switch (known->window.look(stamp.epoch, stamp.seq)) {
    case source_window::verdict::too_old:
      return taken{
          all_refused(
              what, "seq_too_old", "1,024 later numbers or a later epoch of this source were seen"
          ),
          false};
    case source_window::verdict::seen: {
      auto answer = repeated(what, known->window);
      if (!answer) return answer.error();
      return taken{std::move(*answer), true};
    }
    case source_window::verdict::unseen:
      break;
  }
  if (!has_room) return refuse(errc::storage_full);
  auto skipped = known->window.skipped_by(stamp.epoch, stamp.seq);
  known->window.mark(stamp.epoch, stamp.seq, !what.refused.empty());
  post_answer answer{static_cast<std::uint32_t>(what.items.size()), std::move(what.refused)};
  answers_[stamp.source] = {known->window, known->used, {stamp.seq, answer}};
  std::ranges::move(what.items, std::back_inserter(items_));
  return taken{std::move(answer), false, skipped};
}

void sample_writer::show(const samples& items) {
  for (auto& one : items)
    if (storable(one)) heads_.show(one);
}

/// As it was answered, as far as that is known: in full for the last number, for earlier ones
/// whether anything was refused. What may not be stored is never told as stored.
caf::expected<post_answer> sample_writer::repeated(
    const append_samples& what, const source_window& seen
) const {
  auto last = last_answer(what.stamp->source);
  if (!last) return last.error();
  if (last->seq == what.stamp->seq) return std::move(last->answer);
  if (!seen.had_refusals(what.stamp->seq)) return post_answer{count_of(what), {}};
  return all_refused(
      what, "seq_seen", "some of this number's samples were refused when it first came"
  );
}

caf::expected<source_answer> sample_writer::last_answer(const std::string& source) const {
  if (auto found = answers_.find(source); found != answers_.end()) return found->second.last;
  std::string bytes;
  auto status = (*db_)->Get({}, family(*db_, history_family::sources), source, &bytes);
  if (!status.ok()) return failure(status);
  auto record = source_record_from(bytes);
  if (!record) return failure(rocksdb::Status::Corruption("a source is not well-formed"));
  return std::move(record->last);
}

caf::expected<samples> sample_writer::write(wall_time now) {
  if (items_.empty() && answers_.empty() && batch_->Count() == 0) return samples{};
  auto* sources = family(*db_, history_family::sources);
  for (auto& [source, record] : answers_) batch_->Put(sources, source, to_bytes(record));
  std::size_t bytes = 0;
  if (!items_.empty()) {
    auto content = to_log_bytes(items_, now);
    bytes = content.size() + record_overhead;
    batch_->Put(family(*db_, history_family::log), to_big_endian(record_ + 1), content);
  }
  if (fails_at(failpoint::history_before_write)) return planted();
  auto status = db_->write_synced(*batch_);
  if (!status.ok()) return failure(status);
  if (fails_at(failpoint::history_after_write, db_->folder())) return planted();
  batch_->Clear();
  answers_.clear();
  if (!items_.empty()) grow_log(++record_, bytes);
  for (auto& one : items_) heads_.add(one, now, record_);
  return std::exchange(items_, {});
}

void sample_writer::grow_log(std::uint64_t record, std::size_t bytes) {
  if (marks_.empty() || log_end_ - marks_.back().second >= max_.log_bytes / 100)
    marks_.emplace_back(record, log_end_);
  log_end_ += bytes;
}

std::vector<std::uint32_t> sample_writer::due(double share) const {
  auto over = [=](std::size_t bytes, std::size_t max) {
    return static_cast<double>(bytes) > share * static_cast<double>(max);
  };
  if (share < 1 && heads_.any_full()) return heads_.full(heads_a_step);
  if (over(heads_.bytes(), max_.head_bytes)) return heads_.largest_of_oldest(heads_a_step);
  if (over(log_end_ - log_begin_, max_.log_bytes)) return heads_.oldest(heads_a_step);
  return {};
}

caf::expected<bool> sample_writer::close_heads() {
  auto some = due(near);
  if (some.empty()) return false;
  for (; !some.empty(); some = due(1))
    if (auto why = close(some)) return why;
  if (auto why = cut_log()) return why;
  return !due(near).empty();
}

caf::expected<bool> sample_writer::compact() {
  if (auto why = compaction_.step()) return why;
  return compaction_.any_due();
}

/// Not synced: until a later write is, the log still holds these samples. At least one of them;
/// those after many late samples are left for the next time.
caf::error sample_writer::close(const std::vector<std::uint32_t>& series) {
  rocksdb::WriteBatch batch;
  std::vector<series_record> closed;
  auto rebuilt_max = minutes_rebuilt_ + minutes_a_step;
  for (auto one : series) {
    if (minutes_rebuilt_ >= rebuilt_max) break;
    if (auto why = close(one, batch, closed.emplace_back())) return why;
  }
  if (fails_at(failpoint::chunks_before_write)) return planted();
  auto status = (*db_)->Write({}, &batch);
  if (!status.ok()) return failure(status);
  if (fails_at(failpoint::chunks_after_write, db_->folder())) return planted();
  for (auto& one : closed) {
    heads_.forget(one);
    compaction_.note_closing(one.last.series, one.covered);
  }
  measure_cut();
  return {};
}

caf::error sample_writer::close(
    std::uint32_t series, rocksdb::WriteBatch& batch, series_record& closed
) {
  auto made = heads_.close(series, record_);
  auto* chunks = family(*db_, history_family::chunks);
  rollup_builder rollups{*db_, series, made.stored_until};
  auto kept_from = kept_ ? kept_->kept_from(series) : wall_time::min();
  auto inexact = rollups.rebuild(made.runs.late, kept_from);
  if (!inexact) return inexact.error();
  auto store = [&](const std::vector<samples>& all, lane which) {
    for (auto& run : all)
      batch.Put(
          chunks, to_bytes(chunk_key{series, which, run.front().time, record_}),
          stored_chunk(run, made.skew_ms)
      );
    chunks_ += all.size();
  };
  for (auto& run : made.runs.ordered)
    if (auto why = rollups.append(run)) return why;
  store(made.runs.ordered, lane::ordered);
  store(made.runs.late, lane::late);
  if (auto why = rollups.put(batch)) return why;
  auto* records = family(*db_, history_family::series);
  batch.Put(records, to_big_endian(series), to_bytes(made.record));
  minutes_rebuilt_ += rollups.rebuilt();
  minutes_inexact_ += *inexact;
  closed = std::move(made.record);
  return {};
}

void sample_writer::measure_cut() {
  auto oldest = heads_.oldest_written(record_ + 1);
  for (; !marks_.empty() && marks_.front().first <= oldest; marks_.pop_front())
    log_begin_ = marks_.front().second;
  if (oldest > record_) log_begin_ = log_end_;
}

caf::error sample_writer::cut_log() {
  auto oldest = heads_.oldest_written(record_ + 1);
  if (oldest <= cut_) return {};
  auto* log = family(*db_, history_family::log);
  if (fails_at(failpoint::log_before_cut)) return planted();
  auto status = (*db_)->DeleteRange({}, log, to_big_endian(cut_), to_big_endian(oldest));
  if (!status.ok()) return failure(status);
  if (fails_at(failpoint::log_after_cut, db_->folder())) return planted();
  cut_ = oldest;
  return {};
}

std::size_t sample_writer::disk_bytes() const {
  std::size_t all = 0;
  for (auto which :
       {history_family::log, history_family::chunks, history_family::series,
        history_family::sources, history_family::rollups}) {
    std::uint64_t bytes = 0;
    (*db_)->GetIntProperty(
        family(*db_, which), rocksdb::DB::Properties::kTotalSstFilesSize, &bytes
    );
    all += bytes;
  }
  return all;
}

}  // namespace stellwerk
