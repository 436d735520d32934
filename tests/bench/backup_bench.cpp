#include <rocksdb/db.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "actors/model/events.hpp"
#include "actors/model/ids.hpp"
#include "persistence/backup_job.hpp"
#include "persistence/sample_database.hpp"
#include "persistence/store_writer.hpp"
#include "tests/bench/figures.hpp"

/// A backup of a data folder of so many MiB that do not compress, first and incremental, plain and
/// encrypted, beside the ceiling: cp and sha256sum of the same files, synced. Then the p99 of a
/// store's commits beside running backups and without.
///
///   backup_bench [MIB [FOLDER]]
namespace stellwerk {
namespace {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;

constexpr std::size_t document_bytes = 64 << 10;
constexpr std::size_t commits = 2'000;

double seconds_since(steady::time_point start) { return us_since(start) / 1e6; }

void require(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "backup_bench: %s\n", what);
  std::abort();
}

class bench {
 public:
  bench(const fs::path& root, std::size_t mebibytes)
      : root_(root), bytes_(mebibytes << 20u), writer_(store_, "main", {}) {
    std::mt19937_64 draw{1};
    std::string noise(document_bytes, '\0');
    for (std::size_t at = 0; at < bytes_; at += noise.size()) {
      for (std::size_t i = 0; i + 8 <= noise.size(); i += 8) {
        auto word = draw();
        for (std::size_t k = 0; k < 8; ++k) noise[i + k] = static_cast<char>(word >> (8 * k));
      }
      rocksdb::WriteOptions unlogged;
      unlogged.disableWAL = true;
      auto key = std::to_string(1'000'000'000'000 + at);
      require((*store_)->Put(unlogged, store_->family(0), key, noise).ok(), "no room");
    }
    require((*store_)->Flush({}, store_->family(0)).ok(), "no flush");
    rocksdb::CompactRangeOptions whole;
    whole.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    require((*store_)->CompactRange(whole, store_->family(0), nullptr, nullptr).ok(), "no tables");
  }

  double copy() const {
    auto to = root_ / "copy";
    auto line = "cp -r '" + data_.string() + "' '" + to.string() + "' && sync -f '" + to.string() +
                "' && find '" + to.string() + "' -type f -exec sha256sum {} + > /dev/null";
    auto begun = steady::now();
    require(std::system(line.c_str()) == 0, "cp failed");
    auto took = seconds_since(begun);
    fs::remove_all(to);
    return took;
  }

  double back_up(const fs::path& to, const backup_key_ptr& key) {
    now_ += std::chrono::seconds{1};
    backup_wish wish{data_, history_, store_, uuid_v7(now_), "main", "", now_, 0, "", key};
    backup_job job{to, std::move(wish)};
    auto begun = steady::now();
    for (;;) {
      auto more = job.step();
      require(more.engaged(), "the backup failed");
      if (!*more) return seconds_since(begun);
    }
  }

  /// Of commits one after another; as long as `running`, or so many.
  figures commit_some(const std::atomic<bool>* running) {
    std::vector<double> waits;
    auto begun = steady::now();
    while (running != nullptr ? running->load() : waits.size() < commits) {
      auto start = steady::now();
      commit what{{}, {{"d", std::string(200, 'v')}}, {}, {}};
      what.events.push_back(make_event(event_type::device_updated, "device/d", nullptr));
      require(writer_.add(what, now_).engaged() && writer_.write().engaged(), "no commit");
      waits.push_back(us_since(start));
    }
    return figures_of(std::move(waits), steady::now() - begun);
  }
  figures commit_beside(const fs::path& to, const backup_key_ptr& key) {
    std::atomic<bool> running{true};
    std::thread maker{[&] {
      back_up(to, key);
      running = false;
    }};
    auto seen = commit_some(&running);
    maker.join();
    return seen;
  }

 private:
  fs::path root_;
  fs::path data_ = root_ / "data";
  std::size_t bytes_;
  database_ptr store_ = open_store(data_);
  database_ptr history_ = open_history(data_);
  store_writer writer_;
  wall_time now_{std::chrono::milliseconds{1'700'000'000'000}};
};

void measure(const fs::path& root, std::size_t mebibytes) {
  bench on{root, mebibytes};
  key_256 secret;
  fill_random(secret.bytes);
  auto key = std::make_shared<const backup_key>(secret);
  auto size = static_cast<double>(mebibytes);
  std::printf("%zu MiB\n", mebibytes);
  on.copy();  // from here on what is read is as warm for all
  for (int round = 0; round < 3; ++round) {
    auto copied = on.copy();
    auto tell = [&](const char* name, double took) {
      std::printf(
          "%-22s %7.2f s  %6.0f MiB/s  ratio %.2f\n", name, took, size / took, copied / took
      );
    };
    tell("cp, sync, sha256sum", copied);
    for (auto& [name, with] : {std::pair{"plain", backup_key_ptr{}}, std::pair{"encrypted", key}}) {
      auto to = root / name;
      tell(name, on.back_up(to, with));
      tell("  the same again", on.back_up(to, with));
      fs::remove_all(to);
    }
  }
  auto alone = on.commit_some(nullptr);
  std::printf("commits alone          p50 %6.0f us  p99 %6.0f us\n", alone.p50_us, alone.p99_us);
  for (auto& [name, with] : {std::pair{"plain", backup_key_ptr{}}, std::pair{"encrypted", key}}) {
    auto seen = on.commit_beside(root / name, with);
    std::printf(
        "beside %-15s p50 %6.0f us  p99 %6.0f us  %.1f times\n", name, seen.p50_us, seen.p99_us,
        seen.p99_us / alone.p99_us
    );
  }
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  auto mebibytes = argc > 1 ? std::stoul(argv[1]) : 2'048ul;
  auto root = argc > 2 ? fs::path{argv[2]} : fs::temp_directory_path();
  root /= "stellwerk-bench-" + stellwerk::uuid_v4();
  fs::create_directories(root);
  stellwerk::measure(root, mebibytes);
  fs::remove_all(root);
}
