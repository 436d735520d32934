#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "actors/model/ids.hpp"
#include "monitoring/failpoint.hpp"
#include "persistence/backup_job.hpp"
#include "persistence/backup_restore.hpp"
#include "persistence/journal_retention.hpp"
#include "persistence/private_file.hpp"
#include "persistence/sample_retention.hpp"
#include "tests/durability/recorded_history.hpp"
#include "tests/durability/recorded_run.hpp"
#include "tests/durability/recorded_store.hpp"

/// `durability_victim FOLDER SEED SCENARIO FAILPOINT`: works in the folder until the failpoint
/// kills it or it is done, and writes a line with the number of what was acknowledged each time.
namespace stellwerk {
namespace {

namespace fs = std::filesystem;

void say(std::size_t acknowledged) {
  auto line = std::to_string(acknowledged) + '\n';
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
}

template <class Recorded>
void write_all(const fs::path& folder, std::uint64_t seed) {
  Recorded made{folder};
  run_recorded(made, seed, [&] { say(made.acknowledged); });
}

void migrate(const fs::path& folder) { open_history(folder); }

void back_up(const fs::path& folder) {
  auto id = uuid_v7(record_begin);
  backup_wish wish{folder, open_history(folder), open_store(folder), id, "main", "", record_begin,
                   0};
  {
    backup_job job{folder / "backups", wish};
    for (;;) {
      auto more = job.step();
      if (!more) return;
      if (!*more) break;
    }
  }
  say(1);
  if (restore_backup({folder / "backups", id, folder / "restored"}, record_begin)) say(2);
}

/// 1: deleted; 2: and told.
void delete_oldest(const fs::path& folder) {
  sample_retention run{open_history(folder)};
  run.begin_with_oldest(record_begin);
  for (;;) {
    auto more = run.step();
    if (!more) return;
    if (!*more) break;
  }
  say(1);
  if (!run.journaled()) say(2);
}

void look_at_journal(const fs::path& folder) {
  if (journal_retention{open_store(folder), {}}.look(record_begin)) say(1);
}

void replace_file(const fs::path& folder) {
  if (write_private_file(folder / "private", "after")) say(1);
}

void run(const fs::path& folder, std::uint64_t seed, const std::string& scenario) {
  if (scenario == "store") write_all<recorded_store>(folder, seed);
  if (scenario == "history") write_all<recorded_history>(folder, seed);
  if (scenario == "migration") migrate(folder);
  if (scenario == "indexing") open_store(folder);
  if (scenario == "deletion") delete_oldest(folder);
  if (scenario == "look") look_at_journal(folder);
  if (scenario == "backup") back_up(folder);
  if (scenario == "file") replace_file(folder);
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  using namespace stellwerk;
  if (argc != 5) return 2;
  if (auto wrong = plant_failpoint(argv[4]); !wrong.empty()) {
    std::cerr << wrong << '\n';
    return 2;
  }
  try {
    run(argv[1], std::stoull(argv[2]), argv[3]);
  } catch (const storage_error&) {
    return 3;  // as a node does
  }
}
