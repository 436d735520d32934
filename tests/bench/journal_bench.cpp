#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "actors/model/ids.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/journal_check.hpp"
#include "persistence/journal_index.hpp"
#include "persistence/journal_pages.hpp"
#include "persistence/store_writer.hpp"
#include "tests/bench/figures.hpp"

/// The journal, written in synced groups of 1,000 entries: entries a second, beside the ceiling, a
/// bare RocksDB that gets the same entries and index rows as bytes in the same groups, and beside
/// the same without the index. Then how fast its chain is verified, and how long a page of 100
/// takes by filters of many kinds, each from 200 places of the journal.
///
///   journal_bench [ENTRIES [FOLDER]]
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::size_t group = 1'000;
constexpr std::size_t ceiling_entries = 300'000;
constexpr int pages = 200;
constexpr wall_time start{std::chrono::milliseconds{1'700'000'000'000}};

/// Processor time of this thread: what others do on a shared machine is not in it.
double cpu_us() {
  timespec told{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &told);
  return static_cast<double>(told.tv_sec) * 1e6 + static_cast<double>(told.tv_nsec) / 1e3;
}

/// What a number of entries took.
struct cost {
  double per_second = 0;
  double cpu_us = 0;  // of the writing thread, an entry
};

/// Adds up what lies between `start` and `stop`.
class stopwatch {
 public:
  void start() {
    begun_ = steady::now();
    cpu_begun_ = cpu_us();
  }
  void stop() {
    wall_us_ += us_since(begun_);
    cpu_us_ += cpu_us() - cpu_begun_;
  }
  cost of(std::size_t entries) const {
    auto count = static_cast<double>(entries);
    return {count * 1e6 / wall_us_, cpu_us_ / count};
  }

 private:
  steady::time_point begun_{};
  double cpu_begun_ = 0;
  double wall_us_ = 0;
  double cpu_us_ = 0;
};

/// A plant's journal: commands of ten people on 200 devices, some log-ins, few changes.
class events {
 public:
  event next() {
    auto who = std::to_string(draw_() % 10);
    event made;
    made.actor = {"user/0190a5b0-0000-7000-8000-00000000000" + who, "operator-" + who, "10.0.0.7"};
    made.data.text = R"({"device":"pump-17","channel":"setpoint","value":41.5,"status":"done"})";
    made.request_id = id_;
    if (phase_ == 0) id_ = uuid_v4();
    constexpr std::array life{
        event_type::command_accepted, event_type::command_sent, event_type::command_verified};
    auto kind = draw_() % 100;
    if (phase_ > 0 || kind < 90) {
      made.type = life[phase_];
      made.subject = "command/" + id_;
      phase_ = (phase_ + 1) % life.size();
    } else if (kind < 98) {
      made.type = event_type::device_state_changed;
      made.subject = "device/pump-" + std::to_string(draw_() % 200);
    } else {
      made.type = kind == 98 ? event_type::auth_login_failed : event_type::auth_login_succeeded;
      made.subject = made.actor.principal;
    }
    if (draw_() % 1'000'000 == 0)
      made = {event_type::device_deleted, "device/old", {"user/x", "rare", ""}, "", "", {}};
    return made;
  }

 private:
  std::mt19937_64 draw_{7};
  std::string id_ = uuid_v4();
  std::size_t phase_ = 0;
};

cost write_journal(const database_ptr& db, std::size_t entries) {
  store_writer writer{db, "main", {}};
  events all;
  auto now = start;
  stopwatch took;
  for (std::size_t done = 0; done < entries; done += group) {
    commit what;
    for (std::size_t i = 0; i < group; ++i) what.events.push_back(all.next());
    took.start();
    if (!writer.add(what, now += 1s) || !writer.write()) std::abort();
    took.stop();
  }
  return took.of(entries);
}

/// The rows of the same events, written as they are.
cost write_bare(const std::filesystem::path& folder, bool with_index) {
  auto db = open_store(folder);
  auto* entries = family(*db, store_family::journal);
  auto* index = family(*db, store_family::journal_index);
  events all;
  std::uint64_t seq = 0;
  stopwatch took;
  rocksdb::WriteOptions synced;
  synced.sync = true;
  while (seq < ceiling_entries) {
    std::vector<std::pair<std::string, std::string>> rows;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < group; ++i) {
      auto one = all.next();
      entry_view entry{
          ++seq,
          start,
          "main",
          name_of(one.type),
          one.subject,
          one.actor.principal,
          one.actor.name,
          one.actor.address,
          one.request_id,
          one.cause,
          one.data.text,
          {},
          {}};
      rows.emplace_back(to_big_endian(seq), std::string(32, 'h') + stored_form(entry));
      if (with_index) std::ranges::move(index_keys(entry, start), std::back_inserter(keys));
    }
    took.start();
    rocksdb::WriteBatch batch;
    for (auto& [key, value] : rows) batch.Put(entries, key, value);
    for (auto& key : keys) batch.Put(index, key, {});
    if (!(*db)->Write(synced, &batch).ok()) std::abort();
    took.stop();
  }
  return took.of(seq);
}

context_ptr caller(std::string_view role) {
  call_context context;
  principal who{principal_kind::user, "7", "ada", {{permissions_of(role), "*"}}};
  context.caller = std::make_shared<principal>(std::move(who));
  return std::make_shared<const call_context>(context);
}

struct question {
  const char* name;
  void (*set)(query_journal&);
};
constexpr question questions[] = {
    {"nothing", [](query_journal&) {}},
    {"type command.*", [](query_journal& q) { q.type = text<0, 100>{"command.*"}; }},
    {"type auth.*", [](query_journal& q) { q.type = text<0, 100>{"auth.*"}; }},
    {"type device.deleted", [](query_journal& q) { q.type = text<0, 100>{"device.deleted"}; }},
    {"subject device/pump-17",
     [](query_journal& q) { q.subject = text<0, 300>{"device/pump-17"}; }},
    {"subject device/pump-1*",
     [](query_journal& q) { q.subject = text<0, 300>{"device/pump-1*"}; }},
    {"subject command/*", [](query_journal& q) { q.subject = text<0, 300>{"command/*"}; }},
    {"subject *old", [](query_journal& q) { q.subject = text<0, 300>{"*old"}; }},
    {"actor operator-3", [](query_journal& q) { q.actor = text<0, 100>{"operator-3"}; }},
    {"actor rare", [](query_journal& q) { q.actor = text<0, 100>{"rare"}; }},
    {"operator-3, auth.login.failed",
     [](query_journal& q) {
       q.actor = text<0, 100>{"operator-3"};
       q.type = text<0, 100>{"auth.login.failed"};
     }},
    {"rare, command.*",
     [](query_journal& q) {
       q.actor = text<0, 100>{"rare"};
       q.type = text<0, 100>{"command.*"};
     }},
    {"an hour long ago",
     [](query_journal& q) {
       q.from = start + 100s;
       q.to = start + 200s;
     }},
    {"viewer", [](query_journal& q) { q.context = caller("viewer"); }},
    {"viewer, device/pump-17",
     [](query_journal& q) {
       q.context = caller("viewer");
       q.subject = text<0, 300>{"device/pump-17"};
     }},
};

void read_pages(const database& db, std::size_t entries) {
  std::mt19937_64 draw{3};
  for (auto& [name, set] : questions) {
    std::vector<double> waits, used;
    std::size_t items = 0;
    for (int i = 0; i < pages; ++i) {
      query_journal what;
      what.context = caller("admin");
      what.cursor = 1 + draw() % entries;
      set(what);
      auto cpu = cpu_us();
      auto begun = steady::now();
      auto page = page_of(db, what);
      waits.push_back(us_since(begun));
      used.push_back(cpu_us() - cpu);
      if (!page) std::abort();
      items += page->items.size();
    }
    auto wall = figures_of(waits, 1s);
    auto busy = figures_of(used, 1s);
    std::printf(
        "page  %-30s p50 %6.0f us  p99 %6.0f us  of them busy %6.0f and %6.0f us  %5.1f entries\n",
        name, wall.p50_us, wall.p99_us, busy.p50_us, busy.p99_us, static_cast<double>(items) / pages
    );
  }
}

void tell(const char* what, const cost& of) {
  std::printf("%-28s %9.0f entries/s, %6.2f us CPU each\n", what, of.per_second, of.cpu_us);
}

void measure(std::size_t entries, const std::filesystem::path& root) {
  auto folder = root / ("stellwerk-bench-" + uuid_v4());
  tell("bare RocksDB", write_bare(folder / "bare", true));
  tell("bare RocksDB without index", write_bare(folder / "plain", false));
  {
    auto db = open_store(folder / "ours");
    tell("journal", write_journal(db, ceiling_entries));
  }
  {
    auto db = open_store(folder / "full");
    tell("journal, all of it", write_journal(db, entries));
    stopwatch took;
    took.start();
    journal_check check{db};
    while (check.step(10'000)) continue;
    took.stop();
    if (!check.verdict().ok) std::abort();
    tell("verified", took.of(entries));
    read_pages(*db, entries);
    for (auto which : {store_family::journal, store_family::journal_index}) {
      std::uint64_t bytes = 0;
      (*db)->GetIntProperty(family(*db, which), "rocksdb.total-sst-files-size", &bytes);
      std::printf(
          "disk  %8.1f bytes/entry %s\n", static_cast<double>(bytes) / static_cast<double>(entries),
          which == store_family::journal ? "journal" : "index"
      );
    }
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  auto entries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  std::filesystem::path root = argc > 2 ? argv[2] : std::filesystem::temp_directory_path().string();
  stellwerk::measure(entries, root);
}
