#include <rocksdb/db.h>

#include <algorithm>
#include <caf/event_based_actor.hpp>
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
#include "persistence/big_endian.hpp"
#include "persistence/chunk.hpp"
#include "tests/bench/figures.hpp"

/// Durable samples a second through the historian, heads and chunks included: 16 producers, each
/// with 100 channels (temperatures at 1 Hz, to 0.1), a stamped batch of 100 samples at a time, each
/// waiting for its answer. Beside it the ceiling: one thread that writes the same log records of
/// 1,600 samples to a bare RocksDB with the same sync, and nothing else. Five rounds of each in
/// turn, on the same disk; medians.
///
///   history_bench [FOLDER]
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto run_for = 2s;
constexpr int rounds = 5;
constexpr std::uint32_t producers = 16;
constexpr std::uint32_t channels = 100;
constexpr std::size_t ring = 4096;
constexpr wall_time first{std::chrono::milliseconds{1'700'000'000'000}};

/// One drifting temperature for all, which each channel reads from a place of its own.
const std::vector<double>& temperatures() {
  static const auto drawn = [] {
    std::mt19937_64 dice{7};
    std::normal_distribution<double> drift{0, 3 * std::sqrt(1 - 0.999 * 0.999)};
    std::normal_distribution<double> noise{0, 0.3};
    std::vector<double> all(ring);
    for (double a = 0; auto& one : all) {
      a = 0.999 * a + drift(dice);
      one = std::round((50 + a + noise(dice)) * 10) / 10;
    }
    return all;
  }();
  return drawn;
}

samples batch_of(std::uint32_t producer, std::uint64_t number) {
  samples items;
  items.reserve(channels);
  auto time = first + std::chrono::milliseconds{number * 1000 + number * 2654435761 % 5};
  for (std::uint32_t i = 0; i < channels; ++i) {
    auto series = producer * channels + i;
    items.push_back({series, quality::good, time, temperatures()[(number + series * 37) % ring]});
  }
  return items;
}

figures measure_bare(const std::filesystem::path& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 2 << 20;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, folder.string(), &opened).ok()) std::abort();
  std::unique_ptr<rocksdb::DB> db{opened};
  rocksdb::WriteOptions synced;
  synced.sync = true;
  samples all;
  for (std::uint32_t i = 0; i < producers; ++i)
    std::ranges::move(batch_of(i, 0), std::back_inserter(all));
  auto record = to_log_bytes(all, first);
  std::vector<double> waits;
  for (auto end = steady::now() + run_for; steady::now() < end;) {
    auto start = steady::now();
    if (!db->Put(synced, to_big_endian(std::uint64_t{waits.size()}), record).ok()) std::abort();
    waits.push_back(us_since(start));
  }
  return figures_of(std::move(waits), run_for, all.size());
}

struct producer {
  historian_actor to;
  std::uint32_t number = 0;
  steady::time_point end;
  std::vector<double> waits;
};

void append_next(caf::event_based_actor* self, std::shared_ptr<producer> p) {
  auto start = steady::now();
  if (start >= p->end) return self->quit();
  auto seq = std::uint64_t{p->waits.size()};
  append_samples what;
  what.stamp = source_stamp{"bench/" + std::to_string(p->number), 0, seq};
  what.items = batch_of(p->number, seq);
  self->request(p->to, 10s, std::move(what))
      .then(
          [=](const post_answer&) {
            p->waits.push_back(us_since(start));
            append_next(self, p);
          },
          [](caf::error&) { std::abort(); }
      );
}

struct stored {
  double samples = 0;
  double chunk_bytes = 0;  // with their keys
};

stored chunks_in(const database& db) {
  stored found;
  std::unique_ptr<rocksdb::Iterator> at{
      db.operator->()->NewIterator({}, family(db, history_family::chunks))};
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    found.samples += chunk::summary_of(chunk_in(at->value().ToStringView())).count;
    found.chunk_bytes += static_cast<double>(at->key().size() + at->value().size());
  }
  return found;
}

figures measure_historian(const std::filesystem::path& folder, stored& chunks) {
  auto tools = system_instruments();
  caf_config config{tools.numbers};
  caf::actor_system sys{config};
  auto db = open_history(folder);
  auto writer = std::make_shared<sample_writer>(db, limits_of({}, {}));
  historian_actor to =
      sys.spawn<caf::detached>(historian, std::move(writer), history_keeping{}, tools);
  std::vector<std::shared_ptr<producer>> all;
  auto end = steady::now() + run_for;
  {
    caf::scoped_actor self{sys};
    std::vector<caf::actor> spawned;
    for (std::uint32_t i = 0; i < producers; ++i) {
      all.push_back(std::make_shared<producer>(producer{to, i, end, {}}));
      spawned.push_back(sys.spawn([p = all.back()](caf::event_based_actor* it) {
        append_next(it, p);
      }));
    }
    self->wait_for(spawned);
    self->send_exit(to, caf::exit_reason::user_shutdown);
    self->wait_for(to);
  }
  chunks = chunks_in(*db);
  std::vector<double> waits;
  for (auto& one : all) waits.insert(waits.end(), one->waits.begin(), one->waits.end());
  return figures_of(std::move(waits), run_for, channels);
}

void measure(const std::filesystem::path& root) {
  std::vector<figures> bare, ours;
  std::vector<double> ratios;
  stored chunks;
  for (int round = 0; round < rounds; ++round) {
    auto folder = root / ("stellwerk-bench-" + uuid_v4());
    std::filesystem::create_directories(folder);
    bare.push_back(measure_bare(folder / "bare"));
    ours.push_back(measure_historian(folder / "ours", chunks));
    ratios.push_back(ours.back().per_second / bare.back().per_second);
    std::filesystem::remove_all(folder);
  }
  for (auto& [name, all] : {std::pair{"bare", &bare}, std::pair{"historian", &ours}}) {
    auto of = [&](double figures::*member) { return median(*all, member); };
    std::printf(
        "%-9s %9.0f samples/s  p50 %6.0f us  p99 %6.0f us\n", name, of(&figures::per_second),
        of(&figures::p50_us), of(&figures::p99_us)
    );
  }
  auto [worst, best] = std::ranges::minmax(ratios);
  std::printf("ratio     %9.2f (%.2f to %.2f)\n", median(ratios), worst, best);
  std::printf(
      "chunks    %9.0f samples, %.2f bytes each with keys\n", chunks.samples,
      chunks.chunk_bytes / chunks.samples
  );
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  stellwerk::measure(argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string());
}
