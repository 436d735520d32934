// Many questions at once: bounds, closing, destruction, death of the answerers, stress.

#include <atomic>
#include <thread>
#include <vector>

#include "tests/gateway/bridge_fixture.hpp"

namespace stellwerk::gateway {
namespace {

/// A tank that keeps every promise until it is told to drain or dies.
tank_actor::behavior_type hoarder(tank_actor::pointer self) {
  auto kept = std::make_shared<std::vector<caf::typed_response_promise<level>>>();
  return {
      [=](const read_level&) -> caf::result<level> {
        return kept->emplace_back(self->make_response_promise<level>());
      },
      [=](const drain_tank&) -> caf::result<void> {
        for (auto& promise : *kept) promise.deliver(level{9});
        kept->clear();
        return caf::unit;
      }};
}

class bridge_shutdown_test : public bridge_test {
 protected:
  void TearDown() override {
    caf::anon_send_exit(slow, caf::exit_reason::kill);
    bridge_test::TearDown();
  }
  /// `n` questions nobody answers yet; what they end with goes to `ends`.
  void ask_slowly(int n) {
    auto one = [this]() -> net::awaitable<void> {
      auto answer = co_await ask<read_level>(*port, slow, 20s, "t");
      ends.push_back(answer ? caf::error{} : answer.error());
    };
    for (int i = 0; i < n; ++i) net::co_spawn(io, one, net::detached);
    io.restart();
    while (port->open_count() < std::size_t(std::min(n, 8))) io.run_one();
    io.run_for(50ms);
  }

  tank_actor slow = sys.spawn(hoarder);
  std::vector<caf::error> ends;
};

INSTANTIATE_TEST_SUITE_P(placement, bridge_shutdown_test, testing::Bool(), [](auto& p) {
  return p.param ? "actors_on_io_thread" : "actors_on_scheduler";
});

TEST_P(bridge_shutdown_test, refuses_more_open_questions_than_agreed) {
  ask_slowly(10);
  EXPECT_EQ(ends, std::vector<caf::error>(2, refuse(errc::busy)));
  EXPECT_TRUE(*run([&]() -> net::awaitable<bool> {
    caf::anon_send(slow, drain_tank{});
    while (ends.size() < 10) co_await net::post(io, net::use_awaitable);
    co_return true;
  }()));
  EXPECT_EQ(read(full)->metres, 4.5);
}

TEST_P(bridge_shutdown_test, closes_every_open_question_and_refuses_new_ones) {
  ask_slowly(5);
  port->close();
  port->close();
  io.run();
  EXPECT_EQ(ends, std::vector<caf::error>(5, refuse(errc::not_ready)));
  EXPECT_EQ(read(full).error(), refuse(errc::not_ready));
  caf::anon_send(slow, drain_tank{});  // five answers to nobody
}

TEST_P(bridge_shutdown_test, may_be_destroyed_with_open_questions) {
  ask_slowly(5);
  port.reset();
  EXPECT_TRUE(ends.empty());  // coroutines are destroyed, not resumed
  caf::anon_send(slow, drain_tank{});
  caf::scoped_actor self{sys};
  self->request(slow, 5s, drain_tank{}).receive([] {}, [](caf::error& e) { FAIL() << e.code(); });
}

TEST_P(bridge_shutdown_test, ends_when_the_holder_of_the_promises_dies) {
  ask_slowly(5);
  caf::anon_send_exit(slow, caf::exit_reason::kill);
  io.run();
  EXPECT_EQ(ends, std::vector<caf::error>(5, refuse(errc::outcome_unknown)));
}

/// Several io threads, a limiter, targets that answer, refuse, forget, throw away and die.
TEST_P(bridge_shutdown_test, ends_every_question_exactly_once_under_stress) {
  auto shard = sys.spawn(limiter_of(1'000'000));
  std::atomic<int> ended{0};
  auto io_thread = [&](unsigned seed) {
    net::io_context own{1};
    reply_port mine{own, sys, {.open_max = 24, .tick = 10ms, .run_actors_here = GetParam()}};
    auto moody = [](std::shared_ptr<unsigned> n, tank_actor::pointer self) -> caf::result<level> {
      switch (++*n % 16) {
        case 0:
          return self->make_response_promise<level>();
        case 1:
          return caf::make_error(tank_errc::leaking);
        case 2:
          self->quit(caf::exit_reason::user_shutdown);
          return level{1};
        default:
          return level{1};
      }
    };
    auto fresh = [&] {
      auto n = std::make_shared<unsigned>(seed++);  // each actor its own
      return sys.spawn(tank([=](auto* self) { return moody(n, self); }));
    };
    auto asker = [&]() -> net::awaitable<void> {
      auto target = fresh();
      for (int i = 0; i < 500; ++i) {
        caf::expected<level> answer = caf::make_error(tank_errc::leaking);
        if (i % 2) {
          answer = co_await ask<read_level>(mine, target, 5s, "t");
        } else {
          read_level what{"t"};
          admit ticket;
          answer = co_await ask_through(mine, shard, ticket, target, 5s, what);
        }
        ++ended;
        if (!answer && answer.error() == caf::sec::request_receiver_down) target = fresh();
        EXPECT_TRUE(answer || answer.error() != caf::sec::request_timeout);
      }
      caf::anon_send_exit(target, caf::exit_reason::kill);
    };
    for (int i = 0; i < 32; ++i) net::co_spawn(own, asker, net::detached);
    own.run();
  };
  std::thread a{io_thread, 1u}, b{io_thread, 7u};
  a.join();
  b.join();
  EXPECT_EQ(ended, 2 * 32 * 500);
  caf::anon_send_exit(shard, caf::exit_reason::kill);
}

}  // namespace
}  // namespace stellwerk::gateway
