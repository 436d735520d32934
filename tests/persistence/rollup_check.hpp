#pragma once

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <map>
#include <memory>
#include <tuple>

#include "persistence/rollup_records.hpp"
#include "persistence/sample_pages.hpp"

namespace stellwerk {

using rollup_place = std::tuple<std::uint32_t, rollup_level, wall_time>;
using rollup_table = std::map<rollup_place, rollup>;

/// All that is stored, each bucket by itself.
inline rollup_table stored_rollups(const database& db) {
  rollup_table found;
  std::unique_ptr<rocksdb::Iterator> at{
      db.operator->()->NewIterator({}, family(db, history_family::rollups))};
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    auto key = rollup_key_from(at->key().ToStringView());
    EXPECT_TRUE(key) << "a key";
    if (!key) continue;
    auto& span = span_of(key->level);
    auto row = rollup_row_from(at->value().ToStringView(), span);
    EXPECT_TRUE(row) << "a row";
    if (!row) continue;
    EXPECT_EQ(floor_to(key->begin, span.row), key->begin);
    for (std::size_t slot = 0; slot < row->size(); ++slot)
      if (!(*row)[slot].empty())
        found[{key->series, key->level, key->begin + span.unit * slot}] = (*row)[slot];
  }
  return found;
}

/// What must be stored of the samples in chunks: each of them, one after the other.
inline rollup_table rollups_of_chunks(const database& db, std::uint32_t series) {
  rollup_table made;
  read_range what{{series}, wall_time::min(), wall_time::max(), page_samples_max, 0};
  for (bool more = true; more;) {
    auto page = read_page(db, what, {});
    EXPECT_TRUE(page);
    if (!page) break;
    for (auto& one : page->items) {
      for (auto& span : rollup_spans)
        made[{series, span.level, floor_to(one.time, span.unit)}].add(one.value);
      what.from = one.time + std::chrono::milliseconds{1};
    }
    more = page->more;
  }
  return made;
}

inline bool nearly_equal(const rollup& a, const rollup& b) {
  auto numbers = a.numbers;
  auto scale = std::max(std::abs(numbers.min), std::abs(numbers.max));
  auto error = 1e-11 * scale * static_cast<double>(numbers.count);
  if (std::abs(numbers.sum - b.numbers.sum) <= error) numbers.sum = b.numbers.sum;
  return numbers == b.numbers && a.states == b.states;
}

/// Every bucket of series 0 to `series_count` - 1 is there, is right, and there are no others.
inline void expect_right_rollups(const database& db, std::uint32_t series_count) {
  rollup_table wanted;
  for (std::uint32_t one = 0; one < series_count; ++one) wanted.merge(rollups_of_chunks(db, one));
  auto found = stored_rollups(db);
  EXPECT_EQ(found.size(), wanted.size());
  std::size_t wrong = 0;
  for (auto& [place, bucket] : wanted) wrong += !nearly_equal(bucket, found[place]);
  EXPECT_EQ(wrong, 0u) << "of " << wanted.size() << " buckets";
}

}  // namespace stellwerk
