#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>

namespace stellwerk {

/// Starts `program FOLDER ROUND`, kills it after it wrote `lines` lines or a little later, and
/// gives back all the lines that it wrote.
inline std::set<std::string> answered_before_death(
    std::string program, const std::filesystem::path& folder, int round, std::uint64_t lines
) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  auto where = folder.string();
  auto number = std::to_string(round);
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

}  // namespace stellwerk
