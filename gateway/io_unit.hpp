#pragma once

#include <boost/asio/io_context.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <deque>

#include "gateway/reply_queue.hpp"

namespace stellwerk::gateway {

/// Lets an io thread run the actors it has just woken, instead of waking a scheduler worker and
/// being woken by it. An idle actor runs here; a busy one is where it is and answers from there.
/// Bounded: after `actors_per_turn` the rest goes to CAF's scheduler, so sockets stay served.
class io_unit final : public caf::execution_unit {
 public:
  io_unit(
      net::io_context& io, caf::actor_system& sys, std::shared_ptr<reply_queue> queue,
      void (*drain)(void*), void* port
  );
  ~io_unit() override;

  void exec_later(caf::resumable* actor) override;

  /// Hands everything not yet run to the scheduler; later calls go there directly.
  void close();

 private:
  static constexpr std::size_t actors_per_turn = 64;
  static constexpr std::size_t messages_per_actor = 64;

  void run();

  net::io_context& io_;
  std::shared_ptr<reply_queue> queue_;
  void (*drain_)(void*);
  void* port_;
  std::shared_ptr<io_unit*> alive_;  // what a posted turn checks first
  std::deque<caf::resumable*> ready_;
  bool posted_ = false;
  bool closed_ = false;
};

}  // namespace stellwerk::gateway
