#include "tests/durability/recorded_history.hpp"

#include <rocksdb/db.h>

#include "actors/model/error.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/sample_pages.hpp"
#include "persistence/sample_retention.hpp"
#include "persistence/series_buckets.hpp"

namespace stellwerk {

recorded_history::recorded_history(std::filesystem::path data, rocksdb::Env* env)
    : data_(std::move(data)), env_(env) {
  open();
}

bool recorded_history::write(std::mt19937_64& draw) {
  append_samples what;
  what.stamp = source_stamp{"ada/pump", 1, groups.size() + 1};
  what.items = drawn(draw);
  groups.push_back(what.items);
  auto taken = writer->add(what, now_);
  if (!taken || taken->repeated || !writer->write(now_)) return false;
  acknowledged = groups.size();
  for (auto n = draw() % 3; n > 0; --n) {
    auto more = writer->close_heads();
    if (!more) return false;
    if (!*more) break;
  }
  if (draw() % 3 == 0 && !writer->compact()) return false;
  now_ += std::chrono::milliseconds{draw() % 20'000};
  return true;
}

bool recorded_history::flush(std::size_t family) {
  return (*db)->Flush({}, db->family(family)).ok();
}

finding recorded_history::look(const std::filesystem::path& data, std::size_t least) const {
  try {
    auto found = open_history(data);
    sample_writer writes{found, limits};
    std::size_t record = 0;
    if (auto why = newest_record(*found, record); !why.empty()) return {outcome::read_error, why};
    if (record < least || record > groups.size())
      return {outcome::wrong, "it ends at record " + std::to_string(record)};
    auto seen = compare_samples(*found, writes, record);
    if (seen.what == outcome::harmless) seen = compare_buckets(*found, writes, record);
    if (seen.what == outcome::harmless) seen = compare_sources(writes, record);
    if (seen.what == outcome::harmless && record < acknowledged) seen.what = outcome::tail_lost;
    return seen;
  } catch (const storage_error& why) {
    return {outcome::refused, why.what()};
  }
}

samples recorded_history::drawn(std::mt19937_64& draw) {
  std::map<std::pair<std::uint32_t, wall_time>, value> made;  // no two of one moment
  for (auto n = 1 + draw() % 120; n > 0; --n) {
    auto when = now_ + std::chrono::milliseconds{draw() % 2'000};
    if (draw() % 20 == 0) when -= std::chrono::milliseconds{draw() % 300'000};
    auto series = static_cast<std::uint32_t>(draw() % series_count);
    auto& content = made[{series, when}];
    content = static_cast<double>(draw() % 1'000) / 10;
    if (series == 1) content = static_cast<double>(draw()) / 3;
    if (series == 2) content = draw() % 2 == 0;
    if (series == 3) content = std::string(draw() % 9, 'x') + std::to_string(draw() % 4);
  }
  samples items;
  for (auto& [place, content] : made)
    items.push_back({place.first, quality::good, place.second, content});
  return items;
}

recorded_history::state recorded_history::state_at(std::uint32_t series, std::size_t record) const {
  state all;
  for (std::size_t at = 0; at < record; ++at)
    for (auto& one : groups[at])
      if (one.series == series) all[one.time] = one.value;
  return all;
}

std::string recorded_history::newest_record(const database& found, std::size_t& record) {
  std::unique_ptr<rocksdb::Iterator> row{
      found->NewIterator({}, family(found, history_family::series))};
  for (row->SeekToFirst(); row->Valid(); row->Next())
    if (auto one = series_record_from(row->value().ToStringView(), 0))
      record = std::max<std::size_t>(record, one->covered);
  if (!row->status().ok()) return row->status().ToString();
  row.reset(found->NewIterator({}, family(found, history_family::log)));
  row->SeekToLast();
  if (!row->status().ok()) return row->status().ToString();
  if (!row->Valid()) return {};
  auto key = row->key().ToStringView();
  record = std::max<std::size_t>(record, take_big_endian<std::uint64_t>(key).value_or(0));
  return {};
}

finding recorded_history::compare_samples(
    const database& found, const sample_writer& writes, std::size_t record
) const {
  for (std::uint32_t series = 0; series < series_count; ++series) {
    auto kept_from = kept_from_of(found, nullptr, series);
    if (!kept_from) return {outcome::read_error, render(kept_from.error())};
    auto from = *kept_from;
    auto wanted = state_at(series, record);
    wanted.erase(wanted.begin(), wanted.lower_bound(from));
    samples heads;
    writes.heads().copy(series, from, wall_time::max(), heads);
    read_range what{{series}, from, wall_time::max(), page_samples_max, 0};
    auto page = read_page(found, what, heads);
    if (!page) return {outcome::read_error, render(page.error())};
    auto name = "series " + std::to_string(series) + " at record " + std::to_string(record);
    if (page->more || page->items.size() != wanted.size())
      return {outcome::wrong, name + ": number of samples"};
    for (auto at = wanted.begin(); auto& one : page->items) {
      if (one.time != at->first || one.value != at->second) return {outcome::wrong, name};
      ++at;
    }
    auto* latest = writes.heads().latest(series);
    if (!wanted.empty() && (latest == nullptr || latest->value != wanted.rbegin()->second))
      return {outcome::wrong, name + ": latest"};
  }
  return {};
}

finding recorded_history::compare_buckets(
    const database& found, const sample_writer& writes, std::size_t record
) const {
  auto begin = floor_to(record_begin, std::chrono::hours{1}) - std::chrono::hours{1};
  auto grid = grid_of(begin, begin + std::chrono::hours{6}, 24);
  if (!grid) return {outcome::wrong, "the grid"};
  for (std::uint32_t series = 0; series < series_count; ++series) {
    std::map<std::int64_t, std::uint64_t> wanted, told;
    for (auto& one : state_at(series, record)) ++wanted[grid->index_of(one.first)];
    samples heads;
    writes.heads().copy(series, wall_time::min(), wall_time::max(), heads);
    auto why = read_buckets(found, {series}, *grid, heads, [&](auto, auto& all) -> caf::error {
      for (auto& [index, content] : all) told[index] = content.numbers.count + content.states.count;
      return {};
    });
    if (why) return {outcome::read_error, render(why)};
    auto kept_from = kept_from_of(found, nullptr, series);
    if (!kept_from) return {outcome::read_error, render(kept_from.error())};
    auto from = *kept_from;
    auto kept = grid->index_of(std::max(from, begin));
    for (auto& [index, count] : wanted)  // where samples are gone, one told twice may count twice
      if (index <= kept && from > begin && told[index] > count) count = told[index];
    if (told != wanted) return {outcome::wrong, "buckets of series " + std::to_string(series)};
  }
  return {};
}

finding recorded_history::compare_sources(sample_writer& writes, std::size_t record) const {
  for (std::size_t seq = 1; seq <= record + 1; ++seq) {
    append_samples what;
    what.stamp = source_stamp{"ada/pump", 1, seq};
    auto again = writes.add(what, now_);
    if (!again) return {outcome::read_error, render(again.error())};
    if (again->repeated != (seq <= record)) return {outcome::wrong, "the source's window"};
  }
  return {};
}

}  // namespace stellwerk
