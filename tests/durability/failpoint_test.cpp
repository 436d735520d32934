#include "monitoring/failpoint.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

#include "persistence/backup_check.hpp"
#include "persistence/data_check.hpp"
#include "persistence/private_file.hpp"
#include "persistence/sample_retention.hpp"
#include "tests/durability/recorded_history.hpp"
#include "tests/durability/recorded_run.hpp"
#include "tests/durability/recorded_store.hpp"
#include "tests/persistence/journal_stage.hpp"
#include "tests/rounds.hpp"
#include "tests/temporary_folder.hpp"

/// A process that dies or fails at each moment around what becomes durable.
namespace stellwerk {
namespace {

namespace fs = std::filesystem;

/// Where a failpoint is come by, and how often at least in one run.
struct place {
  const char* name;
  const char* scenario;
  int times;

  bool is_after() const { return std::string_view{name}.find("_after_") != std::string_view::npos; }
};
void PrintTo(const place& one, std::ostream* out) { *out << one.name; }

constexpr std::array places{
    place{"store_before_write", "store", 40},      place{"store_after_write", "store", 40},
    place{"history_before_write", "history", 40},  place{"history_after_write", "history", 40},
    place{"chunks_before_write", "history", 2},    place{"chunks_after_write", "history", 2},
    place{"joining_before_write", "history", 2},   place{"joining_after_write", "history", 2},
    place{"log_before_cut", "history", 2},         place{"log_after_cut", "history", 2},
    place{"mark_before_write", "store", 2},        place{"seal_before_write", "store", 2},
    place{"format_before_write", "migration", 1},  place{"format_after_write", "migration", 1},
    place{"rollups_before_clear", "migration", 1}, place{"rollups_after_clear", "migration", 1},
    place{"rollups_after_series", "migration", 3}, place{"index_before_write", "indexing", 1},
    place{"index_after_write", "indexing", 1},     place{"retention_before_write", "deletion", 2},
    place{"retention_after_write", "deletion", 2}, place{"look_before_write", "look", 1},
    place{"look_after_write", "look", 1},          place{"file_before_sync", "backup", 8},
    place{"file_before_rename", "backup", 8},      place{"file_after_rename", "backup", 8},
    place{"restore_before_rename", "backup", 1},   place{"restore_after_rename", "backup", 1},
    place{"private_before_rename", "file", 1},     place{"private_after_rename", "file", 1},
};

struct death {
  int status = 0;  // as of waitpid
  std::size_t acknowledged = 0;

  bool killed() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
};

death run_victim(const fs::path& folder, int seed, const place& at, const std::string& what) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  std::vector<std::string> words{
      STELLWERK_DURABILITY_VICTIM, folder.string(), std::to_string(seed), at.scenario,
      std::string{at.name} + '=' + what};
  std::vector<char*> arguments;
  for (auto& one : words) arguments.push_back(one.data());
  arguments.push_back(nullptr);
  pid_t victim = 0;
  EXPECT_EQ(posix_spawn(&victim, arguments[0], &files, nullptr, arguments.data(), environ), 0);
  posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
  std::string said;
  std::array<char, 4096> chunk{};
  for (ssize_t size = 0; (size = read(ends[0], chunk.data(), chunk.size())) > 0;)
    said.append(chunk.data(), static_cast<std::size_t>(size));
  ::close(ends[0]);
  death seen;
  waitpid(victim, &seen.status, 0);
  std::istringstream in{said};
  for (std::size_t number = 0; in >> number;) seen.acknowledged = number;
  return seen;
}

/// What the victim of a seed writes.
template <class Recorded>
const Recorded& written_by(int seed) {
  struct kept {
    explicit kept(int number) : made(folder.path()) {
      run_recorded(made, static_cast<std::uint64_t>(number), [] {});
      made.close();
    }
    temporary_folder folder;
    Recorded made;
  };
  static std::map<int, kept> all;
  return all.try_emplace(seed, seed).first->second.made;
}

struct failpoint_test : testing::TestWithParam<place> {
  void SetUp() override {
    std::string scenario = GetParam().scenario;
    if (scenario == "migration" || scenario == "deletion") {
      recorded_history made{folder.path()};
      run_recorded(made, 1, [] {});
      if (scenario == "deletion") return;
      auto* meta = family(*made.db, history_family::meta);
      ASSERT_TRUE((*made.db)->Put({}, meta, "format", "history 1").ok());
    }
    if (scenario == "indexing" || scenario == "look") {
      recorded_store made{folder.path()};
      run_recorded(made, 1, [] {});
      rows = index_rows(*made.db);
      ASSERT_FALSE(rows.empty());
      if (scenario == "look") return;
      auto* meta = family(*made.db, store_family::meta);
      ASSERT_TRUE((*made.db)->Put({}, meta, "format", "store 1").ok());
      auto* index = family(*made.db, store_family::journal_index);
      ASSERT_TRUE((*made.db)->Put({}, index, "\1left by an earlier try", "").ok());
    }
    if (scenario == "backup") {
      recorded_store documents{folder.path()};
      run_recorded(documents, 1, [] {});
      recorded_history measured{folder.path()};
      run_recorded(measured, 1, [] {});
    }
    if (scenario == "file") {
      ASSERT_TRUE(write_private_file(folder.path() / "private", "before"));
    }
  }

  void expect_whole(const finding& seen) {
    EXPECT_TRUE(seen.what == outcome::harmless || seen.what == outcome::tail_lost)
        << outcome_names[static_cast<std::size_t>(seen.what)] << ": " << seen.why;
  }
  void expect_whole_backups(const death& seen) {
    backup_folder backups{folder.path() / "backups"};
    EXPECT_TRUE(seen.acknowledged == 0 || !backups.ids().empty());
    for (auto& id : backups.ids()) {
      auto found = backups.read(id);
      ASSERT_TRUE(found);
      backup_check check{backups, found->content, backup_check::extent::all};
      for (auto more = check.step();; more = check.step()) {
        ASSERT_TRUE(more) << render(more.error());
        if (!*more) break;
      }
    }
    auto restored = folder.path() / "restored";
    EXPECT_TRUE(seen.acknowledged < 2 || fs::exists(restored));
    EXPECT_TRUE(!fs::exists(restored) || check_data(restored).empty());
  }
  /// What is kept is there; what was deleted is told until it was journaled.
  void expect_whole_rest(const death& seen) {
    auto& written = written_by<recorded_history>(1);
    expect_whole(written.look(folder.path(), written.groups.size()));
    sample_retention now{open_history(folder.path())};
    bool deleted = false;
    for (std::uint32_t series = 0; series < recorded_history::series_count; ++series)
      deleted = deleted || now.kept_from(series) > wall_time::min();
    EXPECT_TRUE(deleted || (seen.acknowledged == 0 && now.dropped().empty()));
    auto untold = deleted && seen.acknowledged == 1;
    EXPECT_TRUE(!untold || !now.dropped().empty() || GetParam().is_after());
  }
  void expect_nothing_lost(const death& seen, int seed) {
    std::string scenario = GetParam().scenario;
    if (scenario == "store")
      expect_whole(written_by<recorded_store>(seed).look(folder.path(), seen.acknowledged));
    if (scenario == "history")
      expect_whole(written_by<recorded_history>(seed).look(folder.path(), seen.acknowledged));
    if (scenario == "migration")
      expect_whole(written_by<recorded_history>(1).look(folder.path(), 40));
    if (scenario == "deletion") expect_whole_rest(seen);
    if (scenario == "indexing" || scenario == "look") {
      auto& written = written_by<recorded_store>(1);
      expect_whole(written.look(folder.path(), written.steps.size()));
      EXPECT_EQ(index_rows(*open_store(folder.path())), rows);
    }
    if (scenario == "backup") expect_whole_backups(seen);
    if (scenario == "file") {
      std::string text;
      std::ifstream{folder.path() / "private"} >> text;
      EXPECT_TRUE(text == "after" || (text == "before" && seen.acknowledged == 0)) << text;
    }
  }
  /// Nothing but what `SetUp` makes.
  void start_over() {
    fs::remove_all(folder.path());
    fs::create_directories(folder.path());
    SetUp();
  }
  temporary_folder folder;
  std::vector<std::string> rows;  // of the journal's index
};

TEST_P(failpoint_test, loses_nothing_acknowledged_by_a_death_or_an_error_there) {
  auto count = rounds(2, 20);
  for (auto* action : {"crash", "torn", "error"})
    for (int round = 0; round < count; ++round) {
      auto turn = round == 0 ? 1 : 1 + round * 7 % GetParam().times;
      auto what = std::string{action} + ':' + std::to_string(turn);
      SCOPED_TRACE(what);
      auto seen = run_victim(folder.path(), round, GetParam(), what);
      EXPECT_EQ(seen.killed(), std::string{action} != "error") << "status " << seen.status;
      expect_nothing_lost(seen, round);
      start_over();
    }
}

INSTANTIATE_TEST_SUITE_P(at, failpoint_test, testing::ValuesIn(places), [](auto& one) {
  return std::string{one.param.name};
});

/// The kill test of the whole node comes by this one; see tests/system.
constexpr auto of_the_node = "store_after_answer";

TEST(failpoints, are_all_tested) {
  std::set<std::string> known{of_the_node}, named;
  for (auto& one : places) known.insert(one.name);
  std::istringstream in{all_failpoints()};
  for (std::string line; std::getline(in, line);) named.insert(line);
  EXPECT_EQ(named, known);
}

TEST(failpoints, are_refused_with_a_reason) {
  for (auto* wrong :
       {"", "x", "x=crash", "store_before_write", "store_before_write=burn",
        "store_before_write=crash:", "store_before_write=crash:0", "store_before_write=crash:1x"})
    EXPECT_FALSE(plant_failpoint(wrong).empty()) << wrong;
}

}  // namespace
}  // namespace stellwerk
