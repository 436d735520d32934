#include <rocksdb/db.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "actors/model/ids.hpp"
#include "persistence/chunk.hpp"
#include "persistence/sample_merge.hpp"
#include "persistence/sample_writer.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/plant_mix.hpp"
#include "tests/bench/victoria_metrics.hpp"

/// What a day of a plant takes on disk: 1,000 channels at 1 Hz, written as they come, compacted as
/// the program does it by itself; then read from end to end. Beside it VictoriaMetrics with the
/// same samples, flushed and merged. Samples in heads are in no figure.
///
///   size_bench [FOLDER [CHANNELS [HOURS]]]
namespace stellwerk {
namespace {

using steady = std::chrono::steady_clock;
using bench::plant_mix;

constexpr unsigned seed = 7;
constexpr int group_seconds = 10;

struct task {
  std::filesystem::path folder;
  std::uint32_t channels = 1'000;
  int seconds = 86'400;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

void write_all(sample_writer& writer, const task& what) {
  plant_mix plant{what.channels, seed};
  double spent = 0;
  for (int second = 0; second < what.seconds; second += group_seconds) {
    samples items;
    for (int i = 0; i < group_seconds; ++i) plant.next_second(items);
    auto now = items.back().time;
    auto begin = steady::now();
    writer.add(std::move(items));
    require(writer.write(now).engaged(), "a write failed");
    require(writer.close_heads().engaged() && writer.compact().engaged(), "closing failed");
    spent += us_since(begin) / 1e6;
  }
  auto begin = steady::now();
  for (auto more = writer.close_heads(); more && *more;) more = writer.close_heads();
  for (auto more = writer.compact(); more && *more;) more = writer.compact();
  auto all = static_cast<double>(what.channels) * what.seconds;
  std::printf(
      "written   %9.0f samples/s, the rest of compaction %.2f s\n", all / spent,
      us_since(begin) / 1e6
  );
}

double table_bytes(const database& db, history_family which) {
  if (!db->Flush({}, family(db, which)).ok()) std::abort();
  if (!db->CompactRange({}, family(db, which), nullptr, nullptr).ok()) std::abort();
  std::uint64_t bytes = 0;
  db->GetIntProperty(family(db, which), rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
  return static_cast<double>(bytes);
}

struct total {
  double samples = 0;
  double bytes = 0;  // of chunks and their keys
  double chunks = 0;
};

std::vector<total> totals_by_signal(const database& db) {
  std::vector<total> all(bench::signal_names.size());
  std::unique_ptr<rocksdb::Iterator> at{
      db.operator->()->NewIterator({}, family(db, history_family::chunks))};
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    auto key = chunk_key_from(at->key().ToStringView());
    auto& mine = all[static_cast<std::size_t>(plant_mix::signal_of(key->series))];
    mine.samples += chunk::summary_of(chunk_in(at->value().ToStringView())).count;
    mine.bytes += static_cast<double>(at->key().size() + at->value().size());
    ++mine.chunks;
  }
  return all;
}

void scan(const database& db, const task& what, double wanted) {
  double seen = 0, sum = 0;
  auto begin = cpu_seconds();
  for (std::uint32_t series = 0; series < what.channels; ++series) {
    series_merge merge{db, nullptr, series, wall_time::min(), wall_time::max()};
    auto why = merge.take_until(wall_time::max(), [&](const sample& one) {
      ++seen;
      if (auto* real = one.value.as<double>()) sum += *real;
    });
    require(!why, "a scan failed");
  }
  auto spent = cpu_seconds() - begin;
  require(seen == wanted && sum != 0, "a scan found other samples");
  std::printf("scanned   %9.0f samples/s of one core\n", seen / spent);
}

double measure_ours(const task& what) {
  auto db = open_history(what.folder);
  {
    sample_writer writer{db, {}};
    write_all(writer, what);
  }
  total all;
  auto by_signal = totals_by_signal(*db);
  for (auto& one : by_signal) {
    all.samples += one.samples;
    all.chunks += one.chunks;
  }
  scan(*db, what, all.samples);
  auto chunks = table_bytes(*db, history_family::chunks) / all.samples;
  std::printf(
      "chunks    %9.3f bytes a sample on disk, %.0f samples in %.0f\n", chunks, all.samples,
      all.chunks
  );
  std::printf(
      "roll-ups  %9.3f bytes a sample on disk\nseries    %9.5f bytes a sample on disk\n",
      table_bytes(*db, history_family::rollups) / all.samples,
      table_bytes(*db, history_family::series) / all.samples
  );
  for (std::size_t i = 0; i < by_signal.size(); ++i)
    std::printf(
        "  %-12s %6.3f bytes a sample, keys included\n", bench::signal_names[i],
        by_signal[i].bytes / std::max(by_signal[i].samples, 1.0)
    );
  return chunks;
}

/// Some channels at a time: not all samples fit into memory.
double measure_peer(const task& what) {
  constexpr std::uint32_t at_a_time = 100;
  bench::victoria_metrics peer{STELLWERK_VICTORIA_METRICS, what.folder};
  for (std::uint32_t begin = 0; begin < what.channels; begin += at_a_time) {
    plant_mix plant{what.channels, seed};
    std::vector<samples> runs(at_a_time);
    for (int second = 0; second < what.seconds; ++second) {
      samples items;
      plant.next_second(items);
      for (auto i = begin; i < std::min(begin + at_a_time, what.channels); ++i)
        runs[i - begin].push_back(std::move(items[i]));
    }
    for (auto& run : runs)
      if (!run.empty()) peer.store(run.front().series, run);
  }
  return peer.merged_bytes() / (static_cast<double>(what.channels) * what.seconds);
}

void measure(const task& what) {
  auto root = what.folder / ("stellwerk-bench-" + uuid_v4());
  auto ours = measure_ours({root / "ours", what.channels, what.seconds});
  if (std::string_view{STELLWERK_VICTORIA_METRICS}.ends_with("NOTFOUND")) {
    std::printf("VictoriaMetrics is not here: ./dev bench fetches it\n");
  } else {
    auto peer = measure_peer({root / "peer", what.channels, what.seconds});
    std::printf("VictoriaMetrics %.3f bytes a sample, ratio %.2f\n", peer, ours / peer);
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  stellwerk::task what{std::filesystem::temp_directory_path()};
  if (argc > 1) what.folder = argv[1];
  if (argc > 2) what.channels = static_cast<std::uint32_t>(std::stoul(argv[2]));
  if (argc > 3) what.seconds = std::stoi(argv[3]) * 3600;
  stellwerk::measure(what);
}
