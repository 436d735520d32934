#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <random>
#include <thread>

#include "tests/rounds.hpp"
#include "tests/system/kill_load.hpp"

namespace stellwerk::system_test {
namespace {

using namespace std::chrono_literals;

/// Kills of one site under load, at random moments.
void kill_rounds(int count, unsigned seed) {
  scratch folder;
  plant p{folder.path()};
  site s;
  s.start();
  kill_load load{s, p.port()};
  std::mt19937 dice{seed};
  auto wait = [&](unsigned least_ms, unsigned spread_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds{least_ms + dice() % spread_ms});
  };
  std::chrono::duration<double> slowest{};
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
  EXPECT_EQ(
      run_to_end({binary("stellwerk"), "db", "check", "--data", s.data().string()}).status, 0
  );
  EXPECT_GT(p.writes(), 0u);
  std::cout << '\n'
            << count << " kills: " << load.summary() << ", " << p.writes()
            << " writes at the plant, slowest start " << slowest.count() << " s, "
            << verdict.output;
}

TEST(kill_test, loses_nothing_acknowledged_and_repeats_no_command) {
  for (unsigned part = 0; part < static_cast<unsigned>(rounds(1, 10)); ++part)
    kill_rounds(rounds(20, 100), 20261121 + part);
}

/// Those that a site under load comes by in a second; the others are in tests/durability.
constexpr std::array failpoints{"store_before_write=crash",   "store_after_write=crash",
                                "store_after_write=torn",     "store_after_answer=crash",
                                "history_before_write=crash", "history_after_write=crash",
                                "history_after_write=torn",   "mark_before_write=crash"};

TEST(kill_test, loses_nothing_acknowledged_at_a_failpoint) {
  scratch folder;
  plant p{folder.path()};
  site s;
  s.start();
  kill_load load{s, p.port()};
  std::mt19937 dice{20261122};
  for (int round = 0; round < rounds(1, 20) && !testing::Test::HasFailure(); ++round)
    for (std::string where : failpoints) {
      EXPECT_EQ(s.stop(), 0);
      auto turn = where.starts_with("mark") ? 1 : 20 + dice() % 200;
      SCOPED_TRACE(where + ':' + std::to_string(turn));
      s.start({"--failpoint", where + ':' + std::to_string(turn)});
      load.run(3, static_cast<unsigned>(dice()), [&] {
        EXPECT_EQ(s.server().wait(20s), 128 + SIGKILL);
      });
      s.start();
      load.check_round();
    }
  load.check_all(p);
  EXPECT_EQ(s.stop(), 0);
  EXPECT_EQ(
      run_to_end({binary("stellwerk"), "db", "check", "--data", s.data().string()}).status, 0
  );
}

}  // namespace
}  // namespace stellwerk::system_test
