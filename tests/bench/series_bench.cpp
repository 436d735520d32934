#include <rocksdb/db.h>

#include <caf/scoped_actor.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "actors/history/historian.hpp"
#include "actors/model/ids.hpp"
#include "persistence/chunk.hpp"
#include "persistence/rollup_records.hpp"
#include "persistence/sample_pages.hpp"
#include "tests/bench/figures.hpp"

/// A year of one channel at 1 Hz as buckets for a chart, asked of the history's reader and answered
/// as JSON: from a whole hour on, where all edges are in roll-ups, and from an odd moment on, where
/// each edge is in a chunk. Beside it the ceiling: the rows of hours, as they are read from RocksDB
/// and no more. 200 of each in turn.
///
/// Then what reading costs otherwise: a raw scan on one thread beside the chunks as RocksDB hands
/// them over, the same as CSV through the reader, and the latest values of 10,000 channels.
///
///   series_bench [FOLDER]
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

constexpr wall_time first{milliseconds{1'700'002'800'000}};  // a whole hour
constexpr std::int64_t year_s = 365 * 86'400;
constexpr int reads = 200;

void fill(sample_writer& writer) {
  std::mt19937_64 dice{7};
  std::normal_distribution<double> drift{0, 3 * std::sqrt(1 - 0.999 * 0.999)};
  std::normal_distribution<double> noise{0, 0.3};
  samples items;
  double a = 0;
  for (std::int64_t i = 0, now = 0; i < year_s; ++i) {
    a = 0.999 * a + drift(dice);
    now = i * 1000 + static_cast<std::int64_t>(dice() % 5);
    items.push_back(
        {1, quality::good, first + milliseconds{now}, std::round((50 + a + noise(dice)) * 10) / 10}
    );
    if (items.size() < 512 && i + 1 < year_s) continue;
    writer.add(std::exchange(items, {}));
    if (!writer.write(first + milliseconds{now})) std::abort();
    for (auto more = writer.close_heads(); more && *more;) more = writer.close_heads();
  }
}

struct size_of {
  double bytes = 0;
  double rows = 0;
};
size_of family_size(const database& db, history_family which) {
  size_of found;
  std::unique_ptr<rocksdb::Iterator> at{db.operator->()->NewIterator({}, family(db, which))};
  for (at->SeekToFirst(); at->Valid(); at->Next()) ++found.rows;
  rocksdb::FlushOptions now;
  if (!db->Flush(now, family(db, which)).ok()) std::abort();
  if (!db->CompactRange({}, family(db, which), nullptr, nullptr).ok()) std::abort();
  std::uint64_t bytes = 0;
  db->GetIntProperty(family(db, which), rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
  found.bytes = static_cast<double>(bytes);
  return found;
}

void read_rows(const database& db) {
  std::unique_ptr<rocksdb::Iterator> at{
      db.operator->()->NewIterator({}, family(db, history_family::rollups))};
  std::size_t bytes = 0;
  auto begin = to_bytes(rollup_key{1, rollup_level::hour, wall_time{}});
  for (at->Seek(begin); at->Valid(); at->Next()) {
    auto key = rollup_key_from(at->key().ToStringView());
    if (!key || key->level != rollup_level::hour) break;
    bytes += at->value().size();
  }
  if (bytes == 0) std::abort();
}

struct question {
  const char* name;
  wall_time from;
  std::uint32_t channels;
  std::uint32_t points;
  std::vector<double> waits = {};
};

void ask(caf::scoped_actor& self, const history_reader_actor& reader, question& what) {
  read_series asked{
      std::vector<std::uint32_t>(what.channels, 1),
      std::vector<value_type>(what.channels, value_type::float_), what.from, what.from + days{365},
      what.points};
  auto start = steady::now();
  std::size_t told = 0;
  self->request(reader, 60s, std::move(asked))
      .receive(
          [&](const series_answer& made) { told = made.points.at(0).text.size(); },
          [](caf::error&) { std::abort(); }
      );
  what.waits.push_back(us_since(start));
  if (told < what.points * 20) std::abort();
}

void tell(const char* name, std::vector<double> waits) {
  auto of = figures_of(std::move(waits), 1s);
  std::printf("%-32s p50 %8.2f ms  p99 %8.2f ms\n", name, of.p50_us / 1000, of.p99_us / 1000);
}

constexpr double scanned_s = 5'000'000;
read_range scanned() {
  return {{1}, first, first + std::chrono::seconds{static_cast<int>(scanned_s)}, 1, 0};
}

double rows_per_second(double rows, steady::time_point since) {
  return rows / (us_since(since) / 1e6);
}

/// Samples a second: as they are read, and the ceiling.
void scan(const database& db) {
  double sum = 0, rows = 0;
  auto start = steady::now();
  auto more = read_ascending(db, scanned(), {}, [&](const sample& one) {
    sum += *one.value.as<double>();
    ++rows;
    return true;
  });
  if (!more || sum == 0) std::abort();
  auto ours = rows_per_second(rows, start);
  std::unique_ptr<rocksdb::Iterator> at{
      db.operator->()->NewIterator({}, family(db, history_family::chunks))};
  std::size_t bytes = 0;
  double samples_there = 0;
  start = steady::now();
  for (at->SeekToFirst(); at->Valid() && samples_there < scanned_s; at->Next()) {
    bytes += at->value().size();
    samples_there += chunk::summary_of(chunk_in(at->value().ToStringView())).count;
  }
  if (bytes == 0) std::abort();
  auto bare = rows_per_second(samples_there, start);
  std::printf(
      "%-32s %.1f M/s; its chunks, bare RocksDB, %.1f M/s\n", "raw scan, one thread", ours / 1e6,
      bare / 1e6
  );
}

void export_all(caf::scoped_actor& self, const history_reader_actor& reader) {
  export_samples next;
  next.begins = false;
  next.channels = {{1, "tank-1/temperature", "degC"}};
  next.from = scanned().from;
  next.to = scanned().to;
  double rows = 0, bytes = 0;
  auto start = steady::now();
  for (bool more = true; more;)
    self->request(reader, 60s, next)
        .receive(
            [&](const export_piece& made) {
              rows += made.lines;
              bytes += static_cast<double>(made.text.size());
              more = made.more;
              next.from = made.next;
              next.skip = made.skip;
            },
            [](caf::error&) { std::abort(); }
        );
  std::printf(
      "%-32s %.2f M rows/s, %.0f MB/s\n", "export as CSV, without sockets",
      rows_per_second(rows, start) / 1e6, bytes / us_since(start)
  );
}

constexpr std::uint32_t channels = 10'000;
void ask_latest(caf::scoped_actor& self, const historian_actor& historian) {
  read_latest what;
  for (std::uint32_t series = 2; series < channels + 2; ++series) what.series.push_back(series);
  std::vector<double> waits;
  for (int i = 0; i < reads; ++i) {
    auto start = steady::now();
    self->request(historian, 60s, what)
        .receive(
            [&](const latest_values& told) {
              if (told.items.size() != channels) std::abort();
            },
            [](caf::error&) { std::abort(); }
        );
    waits.push_back(us_since(start));
  }
  tell("latest of 10,000 channels", std::move(waits));
}

void measure(const std::filesystem::path& root) {
  auto folder = root / ("stellwerk-bench-" + uuid_v4());
  auto tools = system_instruments();
  caf_config config{tools.numbers};
  caf::actor_system sys{config};
  auto db = open_history(folder);
  auto writer = std::make_shared<sample_writer>(db, limits_of({}, {}));
  auto began = steady::now();
  fill(*writer);
  samples one_each;
  for (std::uint32_t series = 2; series < channels + 2; ++series)
    one_each.push_back({series, quality::good, first, 1.5});
  writer->add(std::move(one_each));
  if (!writer->write(first)) std::abort();
  std::printf("%-32s %.1f s\n", "a year of samples written in", us_since(began) / 1e6);
  auto chunks = family_size(*db, history_family::chunks);
  auto rollups = family_size(*db, history_family::rollups);
  std::printf(
      "%-32s %.2f bytes a sample\n%-32s %.2f bytes a sample, %.0f rows\n", "chunks on disk",
      chunks.bytes / year_s, "roll-ups on disk", rollups.bytes / year_s, rollups.rows
  );
  auto to = sys.spawn<caf::detached>(historian, std::move(writer), history_keeping{}, tools);
  auto reader = sys.spawn<caf::detached>(history_reader, db, to, event_store_actor{}, tools);
  std::vector<question> all{
      {"1,000 points from a whole hour", first, 1, 1'000},
      {"1,000 points from an odd moment", first + 1'234'567ms, 1, 1'000},
      {"5,000 points from an odd moment", first + 1'234'567ms, 1, 5'000},
      {"20 channels, 500 points, hour", first, 20, 500},
      {"20 channels, 500 points, odd", first + 1'234'567ms, 20, 500}};
  std::vector<double> bare;
  {
    caf::scoped_actor self{sys};
    for (int i = 0; i < reads; ++i) {
      auto start = steady::now();
      read_rows(*db);
      bare.push_back(us_since(start));
      for (auto& one : all) ask(self, reader, one);
    }
    scan(*db);
    export_all(self, reader);
    ask_latest(self, caf::actor_cast<historian_actor>(to));
    for (caf::actor one : {caf::actor_cast<caf::actor>(reader), caf::actor_cast<caf::actor>(to)}) {
      self->send_exit(one, caf::exit_reason::user_shutdown);
      self->wait_for(one);
    }
  }
  tell("rows of hours, bare RocksDB", std::move(bare));
  for (auto& one : all) tell(one.name, std::move(one.waits));
  db.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  stellwerk::measure(argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string());
}
