#include "persistence/rollup_reader.hpp"

#include <rocksdb/db.h>

#include "persistence/rollup_records.hpp"

namespace stellwerk {

rollup_reader::rollup_reader(
    const database& db, const rocksdb::Snapshot* moment, std::uint32_t series
)
    : db_(db), moment_(moment), series_(series) {}

rollup_reader::~rollup_reader() = default;

caf::expected<const rollup*> rollup_reader::find(rollup_level level, wall_time begin) {
  auto& span = span_of(level);
  auto& mine = places_[static_cast<std::size_t>(level) - 1];
  auto row = floor_to(begin, span.row);
  if (row >= mine.next)
    if (auto why = seek(mine, span, row)) return why;
  if (mine.row.empty() || mine.begin != row) return nullptr;
  return &mine.row[span.slot_of(begin)];
}

wall_time rollup_reader::next_row(rollup_level level) const {
  return places_[static_cast<std::size_t>(level) - 1].next;
}

caf::error rollup_reader::seek(place& to, const rollup_span& span, wall_time begin) {
  if (!to.at) {
    rocksdb::ReadOptions then;
    then.snapshot = moment_;
    to.at.reset(db_->NewIterator(then, family(db_, history_family::rollups)));
  }
  to.row.clear();
  to.next = wall_time::max();
  to.at->Seek(to_bytes(rollup_key{series_, span.level, begin}));
  if (!to.at->status().ok()) return failure(to.at->status());
  if (!to.at->Valid()) return {};
  auto key = rollup_key_from(to.at->key().ToStringView());
  if (!key || key->series != series_ || key->level != span.level) return {};
  to.next = key->begin;
  if (key->begin > begin) return {};
  auto row = rollup_row_from(to.at->value().ToStringView(), span);
  if (!row) return failure(rocksdb::Status::Corruption("a row of roll-ups is not well-formed"));
  to.begin = begin;
  to.next = begin + span.row;
  to.row = std::move(*row);
  return {};
}

}  // namespace stellwerk
