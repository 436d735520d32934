#pragma once

#include <boost/asio/steady_timer.hpp>
#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/io_unit.hpp"
#include "gateway/reply_queue.hpp"

namespace stellwerk::gateway {

/// What is suspended until its answer comes. Ends exactly once, on the io thread, or is destroyed.
struct reply_waiter {
  virtual ~reply_waiter() = default;
  virtual void answered(caf::mailbox_element_ptr mail) = 0;
  virtual void failed(caf::error why) = 0;
};

struct reply_port_options {
  std::size_t open_max = 4096;         // open questions of this thread; more are `overloaded`
  std::chrono::milliseconds tick{50};  // deadlines are this coarse, and never early
  bool run_actors_here = false;        // see io_unit
};

/// The place of one io thread where coroutines wait for actors. Create, use, close and destroy it
/// on that thread (or before `io.run()` / after it returned); destroy it before its io_context.
/// CAF sees one short-lived reply_address per question and no other trace of the gateway.
class reply_port {
 public:
  struct ticket {  // who asks, and the id the answer must bear; empty if the port refused
    caf::strong_actor_ptr sender;
    caf::message_id id;
  };

  reply_port(net::io_context& io, caf::actor_system& sys, reply_port_options options = {});
  /// Open questions are dropped unanswered, and with them their coroutines.
  ~reply_port();
  reply_port(const reply_port&) = delete;
  reply_port& operator=(const reply_port&) = delete;

  /// Parks `waiter` until an answer, the loss of the ticket's `sender`, or the deadline.
  /// A refusal (`overloaded`, `closed`) reaches the waiter by itself, and never before this
  /// returns.
  ticket open(std::unique_ptr<reply_waiter> waiter, std::chrono::milliseconds within);

  /// Fails every open question with `closed`, and every later one. Idempotent.
  void close();

  std::size_t open_count() const { return open_; }

  /// Where actors woken by this thread run: here, or (null) on CAF's scheduler.
  caf::execution_unit* unit() { return unit_.get(); }

 private:
  struct slot {
    std::unique_ptr<reply_waiter> waiter;  // null: free
    std::uint32_t generation = 1;          // an answer to an earlier question does not fit
    std::uint32_t next_free = 0;
    std::uint64_t deadline = 0;  // in ticks
  };
  static constexpr unsigned index_bits = 20;

  std::unique_ptr<reply_waiter> release(std::uint32_t index);
  void drain();
  void deliver(caf::mailbox_element_ptr answer);
  void arm();
  void expire();

  net::io_context& io_;
  caf::actor_system& system_;
  const reply_port_options options_;
  caf::actor_config address_config_;
  std::vector<slot> slots_;
  std::uint32_t first_free_;
  std::size_t open_ = 0;
  std::uint64_t now_ = 0;  // ticks seen; stands still while nothing is open
  bool armed_ = false;
  bool closed_ = false;
  net::steady_timer timer_;
  std::shared_ptr<reply_queue> queue_;
  std::unique_ptr<io_unit> unit_;
};

}  // namespace stellwerk::gateway
