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
#include "persistence/big_endian.hpp"
#include "persistence/journal_index.hpp"
#include "persistence/rocksdb_store.hpp"
#include "tests/bench/figures.hpp"

/// Durable commits a second (one put of 200 bytes and one event each) by 1, 16 and 64 committers
/// that each wait for their answer, beside ceilings: a bare RocksDB to which one thread writes
/// the same rows, made beforehand, in synced batches of as many commits, with nobody to wait for;
/// and one that gets no rows of the journal's index. Five rounds of each in turn, on the same disk;
/// medians.
///
///   store_bench [FOLDER]
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto run_for = 1s;
constexpr int rounds_each = 5;
constexpr std::size_t value_bytes = 200;
constexpr std::size_t entry_bytes = 250;

event make_event(const std::string& key) {
  event said{event_type::device_updated, "device/" + key, {"user/1", "ada", "::1"}, "r", "", {}};
  said.data.text = "{\"x\":\"" + std::string(entry_bytes - 130, 'e') + "\"}";
  return said;
}

/// What one commit leaves in the store.
using rows = std::vector<std::pair<std::string, std::string>>;
rows rows_of(std::uint64_t seq, int who, bool indexed) {
  auto key = std::to_string(who) + '/' + std::to_string(seq);
  rows made{
      {"d" + key, std::string(value_bytes, 'v')},
      {"j" + to_big_endian(seq), std::string(entry_bytes, 'e')}};
  if (!indexed) return made;
  auto said = make_event(key);
  entry_view entry;
  entry.seq = seq;
  entry.site = "main";
  entry.type = name_of(said.type);
  entry.subject = said.subject;
  entry.principal = said.actor.principal;
  entry.name = said.actor.name;
  entry.request_id = said.request_id;
  for (auto& one : index_keys(entry, wall_time::min())) made.emplace_back(one, "");
  return made;
}

/// One thread that has the commits of all committers at hand each time.
figures measure_bare(const std::filesystem::path& folder, int committers, bool indexed) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 2 << 20;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, folder.string(), &opened).ok()) std::abort();
  std::unique_ptr<rocksdb::DB> db{opened};
  rocksdb::WriteOptions synced;
  synced.sync = true;
  std::vector<double> waits;
  std::vector<rows> group(static_cast<std::size_t>(committers));
  double spent_us = 0;
  for (std::uint64_t seq = 0; spent_us < run_for / 1us;) {
    for (int who = 0; auto& one : group) one = rows_of(++seq, who++, indexed);
    auto start = steady::now();
    rocksdb::WriteBatch batch;
    for (auto& commit : group)
      for (auto& [key, value] : commit) batch.Put(key, value);
    if (!db->Write(synced, &batch).ok()) std::abort();
    waits.insert(waits.end(), group.size(), us_since(start));
    spent_us += waits.back();
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
  commit what{{}, {{"d" + key, std::string(value_bytes, 'v')}}, {make_event(key)}, {}};
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
  std::vector<figures> bare, plain, ours;
  std::vector<double> ratios, added_us;
  for (int round = 0; round < rounds_each; ++round) {
    auto folder = root / ("stellwerk-bench-" + uuid_v4());
    std::filesystem::create_directories(folder);
    plain.push_back(measure_bare(folder / "plain", committers, false));
    bare.push_back(measure_bare(folder / "bare", committers, true));
    ours.push_back(measure_store(folder / "ours", static_cast<std::size_t>(committers)));
    ratios.push_back(ours.back().per_second / bare.back().per_second);
    added_us.push_back(ours.back().p50_us - bare.back().p50_us);
    std::filesystem::remove_all(folder);
  }
  for (auto& [name, all] :
       {std::pair{"bare without index", &plain}, {"bare", &bare}, {"store", &ours}}) {
    auto of = [&](double figures::*member) { return median(*all, member); };
    std::printf(
        "%-18s %2d committers %8.0f commits/s  p50 %6.0f us  p99 %6.0f us\n", name, committers,
        of(&figures::per_second), of(&figures::p50_us), of(&figures::p99_us)
    );
  }
  auto [worst, best] = std::ranges::minmax(ratios);
  std::printf(
      "ratio to bare      %2d committers %8.2f (%.2f to %.2f)  p50 %+.0f us\n", committers,
      median(ratios), worst, best, median(added_us)
  );
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  std::filesystem::path root = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
  for (int committers : {1, 16, 64}) stellwerk::measure(root, committers);
}
