// Every way one question can end, with actors on CAF's scheduler and on the io thread itself.

#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/gateway/bridge_fixture.hpp"

namespace stellwerk::gateway {
namespace {

INSTANTIATE_TEST_SUITE_P(placement, bridge_test, testing::Bool(), [](auto& p) {
  return p.param ? "actors_on_io_thread" : "actors_on_scheduler";
});

TEST_P(bridge_test, brings_an_answer_back) {
  auto answer = read(full);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->metres, 4.5);
  EXPECT_EQ(port->open_count(), 0u);
}

TEST_P(bridge_test, brings_an_answer_without_content_back) {
  EXPECT_TRUE(answer_to<void>(ask<drain_tank>(*port, full, 20s)));
}

TEST_P(bridge_test, brings_the_targets_error_back) {
  auto leaking =
      sys.spawn(tank([](auto*) { return caf::make_error(tank_errc::leaking, "a seam"); }));
  EXPECT_EQ(read(leaking).error(), caf::make_error(tank_errc::leaking));
}

TEST_P(bridge_test, asks_thousands_of_times_in_a_row) {
  auto all = [&]() -> net::awaitable<int> {
    int good = 0;
    for (int i = 0; i < 5000; ++i) {
      auto answer = co_await ask<read_level>(*port, full, 20s, "t");
      if (answer) ++good;
    }
    co_return good;
  };
  EXPECT_EQ(run(all()), 5000);
}

TEST_P(bridge_test, says_at_once_that_a_target_is_dead) {
  auto target = sys.spawn(tank([](auto*) { return level{}; }));
  kill(caf::actor_cast<caf::actor>(target));
  EXPECT_EQ(read(target).error(), caf::make_error(caf::sec::request_receiver_down));
}

TEST_P(bridge_test, says_at_once_that_a_target_died_with_the_request_in_its_mailbox) {
  auto target = sys.spawn(tank([](auto* self) {
    self->quit(caf::exit_reason::user_shutdown);
    return self->template make_response_promise<level>();
  }));
  auto both = [&]() -> net::awaitable<std::pair<caf::error, caf::error>> {
    std::optional<caf::error> taken;
    auto first = [&]() -> net::awaitable<void> {
      taken = (co_await ask<read_level>(*port, target, 20s, "taken")).error();
    };
    net::co_spawn(io, first(), net::detached);
    co_await net::post(io, net::use_awaitable);
    auto waiting = (co_await ask<read_level>(*port, target, 20s, "waiting")).error();
    while (!taken) co_await net::post(io, net::use_awaitable);
    co_return std::pair{*taken, waiting};
  };
  auto [taken, waiting] = *run(both());
  EXPECT_EQ(taken, refuse(errc::outcome_unknown));
  EXPECT_EQ(waiting, caf::make_error(caf::sec::request_receiver_down));
  EXPECT_LT(elapsed(), 5s);
}

TEST_P(bridge_test, says_at_once_that_a_promise_was_dropped) {
  auto forgetful = sys.spawn(tank([](auto* self) {
    return self->template make_response_promise<level>();  // the only copy dies here
  }));
  EXPECT_EQ(read(forgetful).error(), refuse(errc::outcome_unknown));
  EXPECT_LT(elapsed(), 5s);
}

TEST_P(bridge_test, says_at_once_that_a_handler_threw) {
  auto broken = sys.spawn(tank([](auto*) -> caf::result<level> { throw std::runtime_error("x"); }));
  EXPECT_EQ(read(broken).error(), make_error(caf::sec::runtime_error));
  EXPECT_LT(elapsed(), 5s);
}

TEST_P(bridge_test, says_at_once_that_there_is_no_target) {
  EXPECT_EQ(read(tank_actor{}).error(), refuse(errc::outcome_unknown));
  EXPECT_LT(elapsed(), 5s);
}

TEST_P(bridge_test, gives_up_at_the_deadline_and_ignores_a_late_answer) {
  auto kept = std::make_shared<caf::typed_response_promise<level>>();
  auto slow = sys.spawn([kept](tank_actor::pointer self) -> tank_actor::behavior_type {
    return {
        [=](const read_level&) -> caf::result<level> {
          return *kept = self->make_response_promise<level>();
        },
        [=](const drain_tank&) -> caf::result<void> {
          kept->deliver(level{1});
          return caf::unit;
        }};
  });
  EXPECT_EQ(read(slow, 100ms).error(), caf::make_error(caf::sec::request_timeout));
  EXPECT_GE(elapsed(), 100ms);
  EXPECT_LT(elapsed(), 5s);
  // The late answer arrives before this one.
  EXPECT_TRUE(answer_to<void>(ask<drain_tank>(*port, slow, 20s)));
  EXPECT_EQ(read(full)->metres, 4.5);
  EXPECT_EQ(port->open_count(), 0u);
  caf::anon_send_exit(slow, caf::exit_reason::kill);
}

TEST_P(bridge_test, counts_only_the_first_answer) {
  auto twice = sys.spawn(tank([](tank_actor::pointer self) {
    auto promise = self->make_response_promise<level>();
    auto copy = promise;
    promise.deliver(level{1});
    copy.deliver(level{2});
    return promise;
  }));
  EXPECT_EQ(read(twice)->metres, 1);
  EXPECT_EQ(read(full)->metres, 4.5);
}

TEST_P(bridge_test, says_that_a_target_does_not_know_the_request) {
  auto other = sys.spawn([](caf::event_based_actor* self) -> caf::behavior {
    self->set_default_handler(caf::drop);
    return {[](int) {}};
  });
  auto asked =
      ask_for<level>(*port, caf::actor_cast<caf::strong_actor_ptr>(other), 20s, read_level{});
  EXPECT_EQ(
      answer_to<level>(std::move(asked)).error(), caf::make_error(caf::sec::unexpected_message)
  );
  caf::anon_send_exit(other, caf::exit_reason::kill);
}

TEST_P(bridge_test, refuses_an_answer_of_another_type) {
  auto liar = sys.spawn([]() -> caf::behavior { return {[](const read_level&) { return 7; }}; });
  auto asked =
      ask_for<level>(*port, caf::actor_cast<caf::strong_actor_ptr>(liar), 20s, read_level{});
  EXPECT_EQ(
      answer_to<level>(std::move(asked)).error(), caf::make_error(caf::sec::unexpected_response)
  );
}

TEST_P(bridge_test, gives_a_copy_of_an_answer_that_others_hold) {
  auto held = caf::make_message(level{4.5});
  auto target =
      sys.spawn([held]() -> caf::behavior { return {[held](const read_level&) { return held; }}; });
  auto spoils = [&]() -> net::awaitable<double> {
    auto to = caf::actor_cast<caf::strong_actor_ptr>(target);
    auto asked = ask_for<level>(*port, to, 20s, read_level{});
    auto answer = co_await std::move(asked);
    co_return answer ? std::exchange(answer->metres, 0) : -1;
  };
  EXPECT_EQ(run(spoils()), 4.5);
  EXPECT_EQ(run(spoils()), 4.5);
}

TEST_P(bridge_test, tells_an_actor_that_monitors_the_asker_that_it_is_gone) {
  auto told = std::make_shared<std::atomic<bool>>(false);
  auto curious = sys.spawn(tank([told](tank_actor::pointer self) {
    self->set_down_handler([told](caf::down_msg&) { *told = true; });
    self->monitor(caf::actor_cast<caf::actor_addr>(self->current_sender()));
    self->link_to(caf::actor_cast<caf::actor_addr>(self->current_sender()));
    return level{3};
  }));
  EXPECT_EQ(read(curious)->metres, 3);
  EXPECT_EQ(read(curious)->metres, 3);
  while (!*told) std::this_thread::yield();
}

TEST_P(bridge_test, lets_the_limiter_pass_a_request_on_and_the_answer_past_it) {
  auto answered_to = std::make_shared<caf::strong_actor_ptr>();
  auto target = sys.spawn(tank([=](tank_actor::pointer self) {
    *answered_to = self->current_sender();
    return level{2};
  }));
  auto shard = sys.spawn(limiter_of(1));
  EXPECT_EQ(read_through(shard, target)->metres, 2);
  EXPECT_NE(*answered_to, caf::actor_cast<caf::strong_actor_ptr>(shard));
  EXPECT_EQ(read_through(shard, target).error(), refuse(errc::over_limit));
  answered_to->reset();
}

TEST_P(bridge_test, hears_of_dead_ends_behind_and_at_the_limiter) {
  auto shard = sys.spawn(limiter_of(9));
  auto target = sys.spawn(tank([](auto*) { return level{}; }));
  kill(caf::actor_cast<caf::actor>(target));
  EXPECT_EQ(read_through(shard, target).error(), caf::make_error(caf::sec::request_receiver_down));
  EXPECT_EQ(read_through(shard, {}).error(), refuse(errc::not_ready));
  kill(caf::actor_cast<caf::actor>(shard));
  EXPECT_EQ(read_through(shard, full).error(), caf::make_error(caf::sec::request_receiver_down));
}

}  // namespace
}  // namespace stellwerk::gateway
