#pragma once

// What the bridge's tests share: a tank protocol, a port on a thread of the test's own, helpers.

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>
#include <optional>

#include "actors/model/error.hpp"
#include "gateway/ask.hpp"

namespace stellwerk::gateway {

struct read_level {
  std::string tank;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_level& x) {
  return f(caf::meta::type_name("read_level"), x.tank);
}
struct level {
  double metres = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, level& x) {
  return f(caf::meta::type_name("level"), x.metres);
}
struct drain_tank {
  int unused = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drain_tank& x) {
  return f(caf::meta::type_name("drain_tank"), x.unused);
}

using tank_actor = caf::typed_actor<
    caf::replies_to<read_level>::with<level>, caf::replies_to<drain_tank>::with<void>>;

enum class tank_errc : std::uint8_t { leaking = 1 };

}  // namespace stellwerk::gateway

CAF_ERROR_CODE_ENUM(stellwerk::gateway::tank_errc, "tank")

namespace stellwerk::gateway {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct test_config : caf::actor_system_config {
  test_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{2});
    set("scheduler.max-throughput", std::size_t{100});
  }
};

/// A tank whose answer to `read_level` is `react(self)`.
template <class F>
auto tank(F react) {
  return [react](tank_actor::pointer self) -> tank_actor::behavior_type {
    return {
        [=](const read_level&) -> caf::result<level> { return react(self); },
        [](const drain_tank&) -> caf::result<void> { return caf::unit; },
    };
  };
}

/// A limiter that grants `grants` requests and refuses the rest.
inline auto limiter_of(int grants) {
  return [left = std::make_shared<int>(grants)](limiter_actor::pointer self
         ) -> limiter_actor::behavior_type {
    return {
        [=](admit& what) -> caf::result<caf::message> {
          if (!what.target) return refuse(errc::not_ready);
          if ((*left)-- <= 0) return refuse(errc::over_limit);
          return self->delegate(what.target, std::move(what.request));
        },
        [](caf::atom_constant<caf::atom("sweep")>) {}};
  };
}

class bridge_test : public testing::TestWithParam<bool> {
 protected:
  void TearDown() override { port.reset(); }

  /// Runs one coroutine to its end on the io thread and returns what it returned.
  template <class T>
  std::optional<T> run(net::awaitable<T> what) {
    std::optional<T> result;
    auto keep = [&]() -> net::awaitable<void> { result.emplace(co_await std::move(what)); };
    net::co_spawn(io, keep, net::detached);
    started = clock::now();
    io.restart();
    io.run();
    return result;
  }

  /// The same for one question.
  template <class Answer, class Question>
  caf::expected<Answer> answer_to(Question question) {
    auto asking = [&]() -> net::awaitable<caf::expected<Answer>> {
      co_return co_await std::move(question);
    };
    return *run(asking());
  }

  caf::expected<level> read(const tank_actor& target, std::chrono::milliseconds within = 20s) {
    return answer_to<level>(
        ask<read_level>(*port, target, within, "a tank with a long name, on the heap")
    );
  }
  caf::expected<level> read_through(const limiter_actor& shard, const tank_actor& target) {
    read_level what{"t"};
    return answer_to<level>(ask_through(*port, shard, admit{}, target, 20s, what));
  }
  clock::duration elapsed() const { return clock::now() - started; }
  void kill(const caf::actor& target) {
    caf::anon_send_exit(target, caf::exit_reason::kill);
    caf::scoped_actor self{sys};
    self->wait_for(target);
  }

  reply_port_options options{.open_max = 8, .tick = 10ms, .run_actors_here = GetParam()};
  test_config config;
  caf::actor_system sys{config};
  net::io_context io{1};
  std::optional<reply_port> port{std::in_place, io, sys, options};
  tank_actor full = sys.spawn(tank([](auto*) { return level{4.5}; }));
  clock::time_point started;
};

}  // namespace stellwerk::gateway
