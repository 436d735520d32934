#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "monitoring/log.hpp"
#include "monitoring/metered.hpp"

namespace stellwerk {

/// `testing` lets the test itself run the actors, message by message, on virtual time.
struct virtual_time_config : caf_config {
  explicit virtual_time_config(metrics_ptr m) : caf_config(std::move(m)) {
    set("scheduler.policy", caf::atom("testing"));
  }
};

/// Fixture for actors without threads and without waiting. Nothing runs but in `settle`, `advance`
/// and `ask`; time stands still but in `advance` (and in `ask`, while an answer is owed). Detached
/// actors would start real threads: spawn them here as ordinary ones.
class actor_test : public testing::Test {
 protected:
  using moment = std::chrono::steady_clock::time_point;
  template <class Response>
  using answer = std::shared_ptr<std::optional<caf::expected<Response>>>;

  static constexpr std::chrono::seconds ask_within{60};
  static constexpr std::size_t steps_max = 1'000'000;

  /// Handles of actors kept by a test's fixture die before the actor system: keep no other copies.
  template <class F, class... Ts>
  auto spawn(F f, Ts&&... xs) {
    return own(sys.spawn(f, std::forward<Ts>(xs)...));
  }
  /// Ends it with the test.
  template <class Handle>
  Handle own(Handle made) {
    spawned_.push_back(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }
  /// Ends it now; the test forgets it.
  template <class Handle>
  void end(Handle& handle, caf::exit_reason how = caf::exit_reason::user_shutdown) {
    caf::anon_send_exit(handle, how);
    std::erase(spawned_, caf::actor_cast<caf::strong_actor_ptr>(handle));
    handle = Handle{};
    settle();
  }

  /// Sends a request and returns at once; the answer is there when the actors have run.
  template <class Response, class Actor, class Request>
  answer<Response> begin(const Actor& to, Request what) {
    auto slot = std::make_shared<std::optional<caf::expected<Response>>>();
    sys.spawn([=](caf::event_based_actor* self) {
      auto failed = [slot](caf::error& why) { slot->emplace(std::move(why)); };
      auto asked = self->request(to, ask_within, what);
      if constexpr (std::is_void_v<Response>)
        asked.then([slot] { slot->emplace(caf::unit); }, failed);
      else
        asked.then([slot](Response& r) { slot->emplace(std::move(r)); }, failed);
    });
    return slot;
  }

  /// Asks and runs the actors until the answer is there, if need be up to 60 s of virtual time:
  /// then it is `sec::request_timeout`.
  template <class Response, class Actor, class Request>
  caf::expected<Response> ask(const Actor& to, Request what) {
    return wait_for(begin<Response>(to, std::move(what)));
  }
  template <class Slot>
  auto wait_for(Slot slot) {
    settle();
    for (auto end = now() + ask_within; !*slot && now() < end;) advance(std::chrono::seconds{1});
    if (!*slot) slot->emplace(caf::make_error(caf::sec::request_timeout));
    return std::move(**slot);
  }

  /// Runs the actors until nothing is left to do at this moment. Fails the test after a million
  /// messages: then two actors keep each other busy.
  void settle() {
    auto& jobs = scheduler().jobs;
    for (std::size_t step = 0; !jobs.empty(); ++step) {
      if (step == steps_max) return stuck();
      if (order_) std::swap(jobs.front(), jobs[(*order_)() % jobs.size()]);
      auto* ran = jobs.front();
      scheduler().run_once();
      // One that has more mail would go first again; here everyone gets a turn.
      if (!jobs.empty() && jobs.front() == ran)
        std::rotate(jobs.begin(), jobs.begin() + 1, jobs.end());
    }
  }
  /// The same, each next actor drawn from `seed`.
  void settle(std::uint64_t seed) {
    auto before = std::exchange(order_, std::mt19937_64{seed});
    settle();
    order_ = before;
  }
  /// From now on everything runs in an order drawn from `seed`.
  void shuffle(std::uint64_t seed) { order_.emplace(seed); }

  /// Moves virtual and wall time, timer by timer, so that periodic timers fire each time.
  void advance(std::chrono::nanoseconds by) {
    settle();
    auto end = now() + by;
    auto& timers = clock().schedule();
    for (std::size_t step = 0; !timers.empty() && timers.begin()->first <= end; ++step) {
      if (step == steps_max) return stuck();
      move_to(std::max(timers.begin()->first, now()));
      settle();
    }
    move_to(end);
    settle();
  }

  moment now() { return clock().now(); }

  /// First the polite end, so that parents take their children with them; then the other one.
  void TearDown() override {
    order_.reset();
    for (auto how : {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
      for (auto& one : spawned_) caf::anon_send_exit(one, how);
      settle();
    }
    spawned_.clear();
    clock().cancel_all();
    settle();
    if (auto alive = sys.registry().running(); alive > 0) {
      sys.await_actors_before_shutdown(false);
      ADD_FAILURE() << alive << " actors are alive after their parents ended";
    }
  }

  /// Wall time as the actors see it; a test may set it, `advance` moves it.
  std::shared_ptr<wall_time> wall =
      std::make_shared<wall_time>(std::chrono::sys_days{std::chrono::year{2026} / 11 / 21});
  /// For the actors under test: metrics to look at, a log of errors only, the wall time above.
  instruments tools = [this] {
    auto m = std::make_shared<metrics>();
    wall_clock reads = [at = wall] { return *at; };
    return instruments{m, std::make_shared<log>(m, reads, severity::error), reads};
  }();

 private:
  virtual_time_config config_{tools.numbers};

 protected:
  caf::actor_system sys{config_};

 private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  }
  caf::detail::test_actor_clock& clock() { return scheduler().clock(); }

  void move_to(moment when) {
    auto by = when - now();
    elapsed_ += by;
    auto whole = std::chrono::floor<std::chrono::milliseconds>(elapsed_);
    *wall += whole;
    elapsed_ -= whole;
    scheduler().advance_time(by);
  }

  void stuck() {
    scheduler().jobs.clear();
    ADD_FAILURE() << "the actors keep each other busy";
  }

  std::chrono::nanoseconds elapsed_{0};  // not yet a whole millisecond of wall time
  std::optional<std::mt19937_64> order_;
  std::vector<caf::strong_actor_ptr> spawned_;
};

}  // namespace stellwerk
