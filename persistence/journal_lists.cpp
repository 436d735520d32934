#include "persistence/journal_lists.hpp"

#include <rocksdb/db.h>

#include <algorithm>

#include "persistence/big_endian.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

namespace {

constexpr int near_steps_max = 4;
constexpr std::size_t seq_bytes = sizeof(std::uint64_t);

}  // namespace

index_list::index_list(const database& db, const rocksdb::ReadOptions& read, std::string prefix)
    : row_(db->NewIterator(read, family(db, store_family::journal_index))),
      prefix_(std::move(prefix)) {}
index_list::~index_list() = default;
index_list::index_list(index_list&&) noexcept = default;

std::uint64_t index_list::at_most(std::uint64_t seq, effort& left) {
  for (int step = 0; at_ != UINT64_MAX && at_ > seq && step < near_steps_max; ++step) {
    row_->Prev();
    left.spend(effort::step);
    note();
  }
  if (at_ <= seq) return at_;
  row_->SeekForPrev(prefix_ + to_big_endian(seq));
  left.spend(effort::seek);
  note();
  return at_;
}

void index_list::note() {
  at_ = 0;
  if (!row_->Valid() || !row_->key().starts_with(prefix_)) return;
  auto rest = row_->key().ToStringView().substr(prefix_.size());
  at_ = take_big_endian<std::uint64_t>(rest).value_or(0);
}

caf::error index_list::failed() const {
  return row_->status().ok() ? caf::error{} : failure(row_->status());
}

time_list::time_list(
    const database& db, const rocksdb::ReadOptions& read, std::uint64_t oldest,
    std::optional<wall_time> from, std::optional<wall_time> to
)
    : db_(db),
      read_(read),
      from_(from.value_or(wall_time::min())),
      to_(to.value_or(wall_time::max())),
      set_backs_(db, read, index_prefix(index_kind::set_back, {})),
      oldest_(oldest),
      run_begin_(UINT64_MAX) {}

std::uint64_t time_list::at_most(std::uint64_t seq, effort& left) {
  for (;; seq = run_begin_ - 1) {
    if (seq < oldest_) return 0;
    if (seq < run_begin_) enter_run(seq, left);
    if (failed_) return 0;
    if (low_ < end_ && low_ <= seq) return std::min(seq, end_ - 1);
    if (left.spent()) return run_begin_ - 1;
  }
}

void time_list::enter_run(std::uint64_t seq, effort& left) {
  run_begin_ = std::max(set_backs_.at_most(seq, left), oldest_);
  low_ = first_from(run_begin_, seq, from_, left);
  end_ = first_from(low_, seq, to_, left);
}

std::uint64_t time_list::first_from(
    std::uint64_t low, std::uint64_t high, wall_time bound, effort& left
) {
  if (low > high || time_of(low, left) >= bound) return low;
  if (time_of(high, left) < bound) return high + 1;
  while (high - low > 1) {  // low is too early, high is not
    auto middle = low + (high - low) / 2;
    (time_of(middle, left) < bound ? low : high) = middle;
  }
  return high;
}

wall_time time_list::time_of(std::uint64_t seq, effort& left) {
  rocksdb::PinnableSlice value;
  left.spend(effort::seek);
  auto status = db_->Get(read_, family(db_, store_family::journal), to_big_endian(seq), &value);
  if (!status.ok()) {
    failed_ = failure(status);
    return wall_time::min();
  }
  auto seen = entry_from(value.ToStringView());
  if (seen) return seen->time;
  failed_ = failure(rocksdb::Status::Corruption("a journal entry is not well-formed"));
  return wall_time::min();
}

caf::expected<indexed_texts> texts_of(
    const database& db, const rocksdb::ReadOptions& read, index_kind kind, std::string_view begin,
    std::size_t most
) {
  indexed_texts found;
  auto prefix = static_cast<char>(kind) + indexed(begin);
  std::unique_ptr<rocksdb::Iterator> row{
      db->NewIterator(read, family(db, store_family::journal_index))};
  row->Seek(prefix);
  while (row->Valid() && row->key().starts_with(prefix)) {
    if (found.all.size() == most) return found;
    auto text = row->key().ToString();
    if (text.size() < 2 + seq_bytes) return failure(rocksdb::Status::Corruption("an index row"));
    text.resize(text.size() - seq_bytes);
    row->Seek(text + std::string(seq_bytes + 1, '\xff'));
    found.all.emplace_back(text, 1, text.size() - 2);
  }
  if (!row->status().ok()) return failure(row->status());
  found.complete = true;
  return found;
}

}  // namespace stellwerk
