#include <rocksdb/db.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "actors/model/ids.hpp"
#include "persistence/sample_writer.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/plant_mix.hpp"

/// Memory of a history with 100,000 channels whose heads fill their budget, and how long it takes
/// to open it again with a gigabyte of chunks, heads and log at their limits.
///
///   channels_bench [FOLDER [CHANNELS [SECONDS]]]
namespace stellwerk {
namespace {

using steady = std::chrono::steady_clock;

constexpr double history_bytes = 1.6e9;  // before RocksDB packs the smallest

double resident_mib() {
  std::ifstream in{"/proc/self/statm"};
  double all = 0, resident = 0;
  in >> all >> resident;
  return resident * 4096 / (1 << 20);
}

void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

/// Copies of stored chunks as those of other series, until there is a gigabyte.
void fill_up(const database& db) {
  auto* chunks = family(db, history_family::chunks);
  std::unique_ptr<rocksdb::Iterator> at{db.operator->()->NewIterator({}, chunks)};
  double bytes = 0;
  for (std::uint32_t copy = 0; bytes < history_bytes; ++copy)
    for (at->SeekToFirst(); at->Valid() && bytes < history_bytes; at->Next()) {
      auto key = *chunk_key_from(at->key().ToStringView());
      key.series += 1'000'000 * (copy + 1);
      require(db->Put({}, chunks, to_bytes(key), at->value()).ok(), "a write failed");
      bytes += static_cast<double>(at->value().size());
    }
  require(db->Flush({}, chunks).ok(), "a flush failed");
}

void measure(const std::filesystem::path& root, std::uint32_t channels, int seconds) {
  auto folder = root / ("stellwerk-bench-" + uuid_v4());
  auto db = open_history(folder);
  {
    bench::plant_mix plant{channels, 7};
    auto before = resident_mib();
    sample_writer writer{db, {}};
    double spent = 0, most = 0;
    for (int i = 0; i < seconds; ++i) {
      samples items;
      plant.next_second(items);
      auto now = items.back().time;
      auto begin = steady::now();
      writer.add(std::move(items));
      require(writer.write(now).engaged(), "a write failed");
      require(writer.close_heads().engaged() && writer.compact().engaged(), "closing failed");
      spent += us_since(begin) / 1e6;
      most = std::max(most, resident_mib());
    }
    std::printf(
        "%u channels: %.0f MiB resident at most, %.0f of them the bench's own; %.0f samples a "
        "head, %.0f MiB\nwritten %.0f samples/s\n",
        channels, most, before, static_cast<double>(writer.heads().count()) / channels,
        static_cast<double>(writer.heads().bytes()) / (1 << 20), channels * seconds / spent
    );
  }
  fill_up(*db);
  db.reset();
  auto begin = steady::now();
  db = open_history(folder);
  auto writer = std::make_unique<sample_writer>(db, sample_limits{});
  std::printf(
      "opened again in %.2f s: %.0f MB on disk, %zu samples in heads\n", us_since(begin) / 1e6,
      static_cast<double>(writer->disk_bytes()) / 1e6, writer->heads().count()
  );
  writer.reset();
  db.reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  auto channels = argc > 2 ? static_cast<std::uint32_t>(std::stoul(argv[2])) : 100'000;
  stellwerk::measure(
      argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string(), channels,
      argc > 3 ? std::stoi(argv[3]) : 200
  );
}
