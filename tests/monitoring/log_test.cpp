#include "monitoring/log.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

TEST(log_test, lets_errors_pass_a_flood_of_other_lines) {
  auto m = std::make_shared<metrics>();
  testing::internal::CaptureStderr();
  {
    log lines{m, [] { return wall_time{}; }};
    for (int i = 0; i < 1500; ++i) lines.warn("flood");
    lines.error("store.stopped");
  }
  auto said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(said, '\n'), 1001);
  EXPECT_NE(said.find("store.stopped"), said.npos);
  EXPECT_EQ(m->log_lines_dropped.Value(), 500);
}

/// Standard error as a pipe that nobody reads at first.
TEST(log_test, counts_what_a_reader_that_stands_still_made_it_drop) {
  constexpr int written = 20'000;
  auto m = std::make_shared<metrics>();
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  auto before = dup(STDERR_FILENO);
  dup2(pipe_ends[1], STDERR_FILENO);
  close(pipe_ends[1]);
  std::int64_t read_lines = 0;
  std::thread reader;
  {
    wall_time now{};
    log lines{m, [&] { return now += 1s; }};
    for (int i = 0; i < written; ++i) lines.info("line");
    reader = std::thread{[&, from = pipe_ends[0]] {
      std::array<char, 4096> part{};
      for (ssize_t n = 0; (n = read(from, part.data(), part.size())) > 0;)
        read_lines += std::count(part.begin(), part.begin() + n, '\n');
    }};
  }
  dup2(before, STDERR_FILENO);  // the pipe ends
  reader.join();
  close(before);
  close(pipe_ends[0]);
  EXPECT_GT(m->log_lines_dropped.Value(), 0);
  EXPECT_EQ(static_cast<double>(read_lines) + m->log_lines_dropped.Value(), written);
}

}  // namespace
}  // namespace stellwerk
