#include "gateway/fanout.hpp"

#include <atomic>
#include <boost/asio/post.hpp>
#include <caf/send.hpp>
#include <mutex>

#include "monitoring/metered.hpp"

namespace stellwerk::gateway {

namespace net = boost::asio;

/// Shared with the actor, which may still run when the I/O thread is gone.
struct fanout::doorway {
  std::mutex gate;
  net::io_context* io;  // null once closed
  on_samples samples;
  on_events events;
  metrics_ptr numbers;
  std::atomic<std::size_t> posted = 0;

  /// Runs `f(batch)` on the I/O thread, unless it is closed by then.
  template <class Batch>
  static void pass(
      const std::shared_ptr<doorway>& door, std::function<void(const Batch&)> doorway::*f,
      Batch batch
  ) {
    std::lock_guard lock{door->gate};
    if (door->io == nullptr) return;
    if (door->posted >= posted_max) return door->numbers->mailbox("fanout").refused.Increment();
    ++door->posted;
    net::post(*door->io, [door, f, batch = std::move(batch)] {
      --door->posted;
      if (door->io != nullptr) ((*door).*f)(batch);
    });
  }
};

namespace {

struct fanout_state {
  static inline const char* name = "fanout";
  static constexpr std::size_t mailbox_max = 256;
};

}  // namespace

fanout::fanout(
    net::io_context& io, caf::actor_system& system, metrics_ptr numbers, on_samples samples,
    on_events events
)
    : doorway_(std::make_shared<doorway>()) {
  doorway_->io = &io;
  doorway_->samples = std::move(samples);
  doorway_->events = std::move(events);
  doorway_->numbers = std::move(numbers);
  auto door = doorway_;
  actor_ =
      system.spawn([door](metered<fanout_actor, fanout_state>*) -> fanout_actor::behavior_type {
        return {
            [=](const stream_samples& batch) { doorway::pass(door, &doorway::samples, batch); },
            [=](const stream_events& batch) { doorway::pass(door, &doorway::events, batch); }};
      });
}

/// On the I/O thread, or when it has ended: what was posted finds the door closed.
fanout::~fanout() {
  caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
  std::lock_guard lock{doorway_->gate};
  doorway_->io = nullptr;
}

}  // namespace stellwerk::gateway
