#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/system/kill_load.hpp"

namespace stellwerk::system_test {
namespace {

using namespace std::chrono_literals;

TEST(kill_test, loses_nothing_acknowledged_and_repeats_no_command) {
  scratch folder;
  plant p{folder.path()};
  site s;
  s.start();
  kill_load load{s, p.port()};
  std::mt19937 dice{20261121};
  auto wait = [&](unsigned least_ms, unsigned spread_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds{least_ms + dice() % spread_ms});
  };
  std::chrono::duration<double> slowest{};
  auto count = rounds(5, 100);
  for (int round = 0; round < count && !testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    load.run(3, static_cast<unsigned>(dice()), [&] {
      wait(50, 400);
      s.kill();
    });
    if (round % 4 == 3) {  // once more while it recovers
      s.launch();
      wait(1, 100);
      s.kill();
    }
    auto started = std::chrono::steady_clock::now();
    s.start();
    slowest = std::max(slowest, decltype(slowest){std::chrono::steady_clock::now() - started});
    load.check_round();
  }
  load.check_all(p);
  EXPECT_EQ(s.stop(), 0);
  auto verdict =
      run_to_end({binary("stellwerk"), "journal", "verify", "--data", s.data().string(), "--json"});
  EXPECT_EQ(verdict.status, 0) << verdict.output;
  EXPECT_GT(p.writes(), 0u);
  std::cout << '\n'
            << count << " kills: " << load.summary() << ", " << p.writes()
            << " writes at the plant, slowest start " << slowest.count() << " s, "
            << verdict.output;
}

}  // namespace
}  // namespace stellwerk::system_test
