#include "actors/access/login_delays.hpp"

#include <gtest/gtest.h>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct login_delays_test : testing::Test {
  login_delays delays;
  login_delays::moment now{24h};

  void fail(int times, std::string_view address = "10.0.0.1", std::string_view name = "ada") {
    for (int i = 0; i < times; ++i) delays.failed(address, name, now);
  }
  std::chrono::seconds wait(std::string_view address = "10.0.0.1", std::string_view name = "ada") {
    return delays.wait(address, name, now);
  }
};

TEST_F(login_delays_test, doubles_from_the_fifth_failure_in_a_row_up_to_five_minutes) {
  fail(4);
  EXPECT_EQ(wait(), 0s);
  for (auto wanted : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s, 300s}) {
    fail(1);
    EXPECT_EQ(wait(), wanted);
  }
  fail(1000);
  EXPECT_EQ(wait(), 300s);
}

TEST_F(login_delays_test, counts_down_and_rounds_up) {
  fail(7);
  EXPECT_EQ(wait(), 4s);
  now += 1500ms;
  EXPECT_EQ(wait(), 3s);
  now += 2500ms;
  EXPECT_EQ(wait(), 0s);
}

TEST_F(login_delays_test, makes_a_name_wait_half_a_minute_at_most_from_elsewhere) {
  fail(20);
  EXPECT_EQ(wait("10.0.0.2"), 30s);
  EXPECT_EQ(wait("10.0.0.1", "bob"), 0s);
  for (int i = 0; i < 20; ++i) fail(1, "10.1.0." + std::to_string(i), "eve");
  EXPECT_EQ(wait("10.2.0.1", "eve"), 30s);
}

TEST_F(login_delays_test, clears_with_a_success_its_own_pair_only) {
  fail(20);
  delays.succeeded("10.0.0.1", "ada");
  EXPECT_EQ(wait(), 30s) << "the name over all addresses still waits";
  now += 30s;
  EXPECT_EQ(wait(), 0s);
  fail(1);
  EXPECT_EQ(wait(), 30s);
}

TEST_F(login_delays_test, forgets_after_an_hour) {
  fail(20);
  now += 1h;
  EXPECT_EQ(wait(), 0s);
  fail(4);
  EXPECT_EQ(wait(), 0s);
  fail(1);
  EXPECT_EQ(wait(), 1s);
}

TEST_F(login_delays_test, is_bounded_and_lets_go_what_failed_longest_ago) {
  fail(10, "10.0.0.1", "first");
  now += 1ms;
  for (int i = 0; i < 5050; ++i) fail(1, "10.0.0.2", "name-" + std::to_string(i));
  EXPECT_LE(delays.size(), login_delays::entries_max);
  EXPECT_EQ(wait("10.0.0.1", "first"), 0s);
  fail(5, "10.0.0.3", "last");
  EXPECT_EQ(wait("10.0.0.3", "last"), 1s);
  EXPECT_LE(delays.size(), login_delays::entries_max);
}

}  // namespace
}  // namespace stellwerk
