#include "gateway/io_unit.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <utility>

namespace stellwerk::gateway {

io_unit::io_unit(
    net::io_context& io, caf::actor_system& sys, std::shared_ptr<reply_queue> queue,
    void (*drain)(void*), void* port
)
    : caf::execution_unit(&sys),
      io_(io),
      queue_(std::move(queue)),
      drain_(drain),
      port_(port),
      alive_(std::make_shared<io_unit*>(this)) {}

io_unit::~io_unit() {
  close();
  *alive_ = nullptr;
}

void io_unit::exec_later(caf::resumable* actor) {
  // Only actors running on this thread, and the port itself, know this unit; a promise carried to
  // another thread would be a bug elsewhere, and must not become a race here.
  if (closed_ || !io_.get_executor().running_in_this_thread()) {
    system().scheduler().enqueue(actor);
    return;
  }
  ready_.push_back(actor);
  if (std::exchange(posted_, true)) return;
  net::post(io_, [alive = alive_] {
    if (*alive != nullptr) (*alive)->run();
  });
}

void io_unit::run() {
  auto alive = alive_;
  {
    reply_queue::own_thread_scope quiet{*queue_};
    for (std::size_t turn = 0; turn < actors_per_turn && !ready_.empty(); ++turn) {
      auto* actor = ready_.front();
      ready_.pop_front();
      switch (actor->resume(this, messages_per_actor)) {
        case caf::resumable::resume_later:  // a flooded actor has no business on an io thread
          system().scheduler().enqueue(actor);
          break;
        case caf::resumable::awaiting_message:
        case caf::resumable::done:
        case caf::resumable::shutdown_execution_unit:
          caf::intrusive_ptr_release(actor);
          break;
      }
    }
    for (; !ready_.empty(); ready_.pop_front()) system().scheduler().enqueue(ready_.front());
    posted_ = false;
  }
  drain_(port_);
}

void io_unit::close() {
  closed_ = true;
  for (; !ready_.empty(); ready_.pop_front()) system().scheduler().enqueue(ready_.front());
}

}  // namespace stellwerk::gateway
