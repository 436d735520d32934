#include "gateway/fanout.hpp"

#include <caf/send.hpp>
#include <thread>

#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {
namespace {

using fanout_test = gateway_fixture;

TEST_F(fanout_test, drops_what_a_busy_thread_has_no_time_for_and_counts_it) {
  auto& dropped = tools.numbers->mailbox("fanout").refused;
  net::io_context io{1};
  std::size_t taken = 0;
  {
    fanout aut{
        io, *sys, tools.numbers, [](const stream_samples&) {},
        [&](const stream_events&) { ++taken; }};
    for (std::size_t i = 0; i < fanout::posted_max + 3; ++i)
      caf::anon_send(aut.handle(), std::make_shared<const std::vector<stream_event>>());
    while (dropped.Value() < 3) std::this_thread::yield();
    io.run();
    EXPECT_EQ(taken, fanout::posted_max);
    EXPECT_EQ(dropped.Value(), 3);
    caf::anon_send(aut.handle(), std::make_shared<const std::vector<stream_event>>());
    while (taken == fanout::posted_max) {
      io.restart();
      io.poll();
    }
  }
  EXPECT_EQ(dropped.Value(), 3) << "there is room again";
}

}  // namespace
}  // namespace stellwerk::gateway
