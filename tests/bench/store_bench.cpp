#include <rocksdb/db.h>

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "actors/model/ids.hpp"
#include "persistence/rocksdb_store.hpp"
#include "tests/bench/figures.hpp"

/// Durable commits a second (one put of 200 bytes and one event each) by 1, 16 and 64 committers
/// that each wait for their answer, beside the ceiling: a bare RocksDB to which one thread writes
/// the same bytes in synced batches of as many commits, with nobody to wait for. Five rounds of
/// each in turn, on the same disk; medians.
///
///   store_bench [FOLDER]
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto run_for = 1s;
constexpr int rounds = 5;
constexpr std::size_t value_bytes = 200;
constexpr std::size_t entry_bytes = 250;

/// One thread that has the commits of all committers at hand each time.
figures measure_bare(const std::filesystem::path& folder, int committers) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 2 << 20;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, folder.string(), &opened).ok()) std::abort();
  std::unique_ptr<rocksdb::DB> db{opened};
  rocksdb::WriteOptions synced;
  synced.sync = true;
  std::vector<double> waits;
  for (auto end = steady::now() + run_for; steady::now() < end;) {
    auto start = steady::now();
    rocksdb::WriteBatch batch;
    for (int i = 0; i < committers; ++i) {
      auto key = std::to_string(i) + '/' + std::to_string(waits.size());
      batch.Put("d" + key, std::string(value_bytes, 'v'));
      batch.Put("j" + key, std::string(entry_bytes, 'e'));
    }
    if (!db->Write(synced, &batch).ok()) std::abort();
    waits.insert(waits.end(), static_cast<std::size_t>(committers), us_since(start));
  }
  return figures_of(std::move(waits), run_for);
}

struct committer {
  store_actor store;
  std::string who;
  steady::time_point end;
  std::vector<double> waits;
};

void commit_next(caf::event_based_actor* self, std::shared_ptr<committer> c) {
  auto start = steady::now();
  if (start >= c->end) return self->quit();
  auto key = c->who + '/' + std::to_string(c->waits.size());
  event said{event_type::device_updated, "device/" + key, {"user/1", "ada", "::1"}, "r", "", {}};
  said.data.text = "{\"x\":\"" + std::string(entry_bytes - 130, 'e') + "\"}";
  commit what{{}, {{"d" + key, std::string(value_bytes, 'v')}}, {std::move(said)}, {}};
  self->request(c->store, 10s, std::move(what))
      .then(
          [=](const committed&) {
            c->waits.push_back(us_since(start));
            commit_next(self, c);
          },
          [](caf::error&) { std::abort(); }
      );
}

figures measure_store(const std::filesystem::path& folder, std::size_t committers) {
  auto tools = system_instruments();
  caf_config config{tools.numbers};
  caf::actor_system sys{config};
  auto store = sys.spawn<caf::detached>(rocksdb_store, open_store(folder), store_options{}, tools);
  std::vector<std::shared_ptr<committer>> all(committers);
  auto end = steady::now() + run_for;
  {
    caf::scoped_actor self{sys};
    std::vector<caf::actor> spawned;
    for (std::size_t i = 0; i < committers; ++i) {
      all[i] = std::make_shared<committer>(committer{store, std::to_string(i), end, {}});
      spawned.push_back(sys.spawn([c = all[i]](caf::event_based_actor* it) { commit_next(it, c); })
      );
    }
    self->wait_for(spawned);
    self->send_exit(store, caf::exit_reason::user_shutdown);
    self->wait_for(store);
  }
  std::vector<double> waits;
  for (auto& one : all) waits.insert(waits.end(), one->waits.begin(), one->waits.end());
  return figures_of(std::move(waits), run_for);
}

void measure(const std::filesystem::path& root, int committers) {
  std::vector<figures> bare, ours;
  std::vector<double> ratios, added_us;
  for (int round = 0; round < rounds; ++round) {
    auto folder = root / ("stellwerk-bench-" + uuid_v4());
    std::filesystem::create_directories(folder);
    bare.push_back(measure_bare(folder / "bare", committers));
    ours.push_back(measure_store(folder / "ours", static_cast<std::size_t>(committers)));
    ratios.push_back(ours.back().per_second / bare.back().per_second);
    added_us.push_back(ours.back().p50_us - bare.back().p50_us);
    std::filesystem::remove_all(folder);
  }
  for (auto& [name, all] : {std::pair{"bare", &bare}, std::pair{"store", &ours}}) {
    auto of = [&](double figures::*member) { return median(*all, member); };
    std::printf(
        "%-5s %2d committers %8.0f commits/s  p50 %6.0f us  p99 %6.0f us\n", name, committers,
        of(&figures::per_second), of(&figures::p50_us), of(&figures::p99_us)
    );
  }
  auto [worst, best] = std::ranges::minmax(ratios);
  std::printf(
      "ratio %2d committers %8.2f (%.2f to %.2f)  p50 %+.0f us\n", committers, median(ratios),
      worst, best, median(added_us)
  );
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  std::filesystem::path root = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
  for (int committers : {1, 16, 64}) stellwerk::measure(root, committers);
}
