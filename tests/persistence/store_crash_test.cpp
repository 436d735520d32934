#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "tests/persistence/store_stage.hpp"

/// The embedded store in a process of its own that is killed at any moment.
namespace stellwerk {
namespace {

/// Starts the victim, kills it after `lines` answers or a little later, and gives back all that it
/// said it was answered.
std::set<std::string> answered_before_death(
    const std::filesystem::path& folder, const std::string& round, std::uint64_t lines
) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  std::string program = STELLWERK_STORE_VICTIM;
  auto where = folder.string();
  auto number = round;
  std::array<char*, 4> arguments{program.data(), where.data(), number.data(), nullptr};
  pid_t victim = 0;
  EXPECT_EQ(posix_spawn(&victim, program.c_str(), &files, nullptr, arguments.data(), environ), 0);
  posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);

  std::string said;
  std::array<char, 4096> chunk{};
  bool killed = false;
  for (ssize_t size = 0; (size = read(ends[0], chunk.data(), chunk.size())) > 0;) {
    said.append(chunk.data(), static_cast<std::size_t>(size));
    if (killed || std::count(said.begin(), said.end(), '\n') < static_cast<long>(lines)) continue;
    killed = true;
    kill(victim, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  waitpid(victim, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the victim died by itself";

  std::set<std::string> answered;
  std::istringstream in{said};
  for (std::string line; std::getline(in, line);) answered.insert(line);
  return answered;
}

struct store_crash_test : store_stage {
  /// Every key is there twice, and told of once in the journal: no half transaction.
  void expect_whole(const std::set<std::string>& answered) {
    open();
    std::set<std::string> first;
    for (auto& key : keys({"a/", {}, 10'000, false})) first.insert(key.substr(2));
    std::set<std::string> second;
    for (auto& key : keys({"b/", {}, 10'000, false})) second.insert(key.substr(2));
    std::set<std::string> told;
    std::size_t entries = 0;
    for (bool more = true; more;) {
      auto slice = ask<journal_slice>(reader, read_journal{entries, 10'000});
      ASSERT_TRUE(slice);
      for (auto& one : slice->items) told.insert(one.subject);
      entries += slice->items.size();
      more = !slice->items.empty();
    }
    EXPECT_EQ(first, second);
    EXPECT_EQ(first, told);
    EXPECT_EQ(told.size(), entries);
    for (auto& key : answered) EXPECT_TRUE(first.contains(key)) << key << " was acknowledged";
    auto verdict = ask<journal_verdict>(reader, read_verdict{});
    EXPECT_TRUE(verdict && verdict->ok && verdict->entries == entries);
    close();
  }
};

TEST_F(store_crash_test, keeps_all_that_it_acknowledged_through_eight_kills_of_one_folder) {
  std::mt19937_64 draw{11};
  std::set<std::string> answered;
  for (int round = 0; round < 8; ++round) {
    auto lines = 1 + draw() % 3000;
    SCOPED_TRACE("round " + std::to_string(round) + ", after " + std::to_string(lines));
    answered.merge(answered_before_death(folder.path(), std::to_string(round), lines));
    expect_whole(answered);
  }
  EXPECT_GT(answered.size(), 1'000u);
}

}  // namespace
}  // namespace stellwerk
