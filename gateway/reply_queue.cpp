#include "gateway/reply_queue.hpp"

#include <boost/asio/post.hpp>
#include <caf/exit_reason.hpp>
#include <utility>

#include "actors/model/error.hpp"

namespace stellwerk::gateway {

namespace {
thread_local const reply_queue* own_queue = nullptr;
}

reply_queue::reply_queue(net::io_context& io, void (*drain)(void*), void* port)
    : io_(&io), drain_(drain), port_(port) {}

reply_queue::~reply_queue() {
  for (auto* answer = take_all(); answer != nullptr;) {
    caf::mailbox_element_ptr dead{answer};
    answer = static_cast<caf::mailbox_element*>(answer->next);
  }
}

void reply_queue::push(caf::mailbox_element_ptr answer) {
  auto* added = answer.release();
  auto* top = newest_.load(std::memory_order_relaxed);
  do added->next = top;
  while (!newest_.compare_exchange_weak(
      top, added, std::memory_order_release, std::memory_order_relaxed
  ));
  if (top == nullptr) wake();  // `added` belongs to the io thread from here on
}

void reply_queue::wake() {
  if (own_queue == this) return;
  std::lock_guard lock{gate_};
  if (io_ == nullptr) return;
  net::post(*io_, [self = shared_from_this()] {
    // Runs on the io thread, where close() runs too: io_ cannot change under us.
    if (self->io_ != nullptr) self->drain_(self->port_);
  });
}

caf::mailbox_element* reply_queue::take_all() {
  caf::mailbox_element* oldest = nullptr;
  for (auto* top = newest_.exchange(nullptr, std::memory_order_acquire); top != nullptr;) {
    auto* older = static_cast<caf::mailbox_element*>(top->next);
    top->next = oldest;
    oldest = std::exchange(top, older);
  }
  return oldest;
}

void reply_queue::close() {
  std::lock_guard lock{gate_};
  io_ = nullptr;
}

reply_queue::own_thread_scope::own_thread_scope(const reply_queue& queue)
    : before_(std::exchange(own_queue, &queue)) {}

reply_queue::own_thread_scope::~own_thread_scope() { own_queue = before_; }

reply_address::reply_address(
    caf::actor_config& cfg, std::shared_ptr<reply_queue> queue, caf::message_id id
)
    : caf::abstract_actor(cfg), queue_(std::move(queue)), id_(id.response_id()) {}

void reply_address::enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) {
  auto ours = what->mid.is_response() && what->mid.request_id() == id_.request_id();
  if (!ours || answered_.exchange(true, std::memory_order_relaxed)) return;
  queue_->push(std::move(what));
}

void reply_address::on_destroy() {
  if (answered_.exchange(true, std::memory_order_relaxed)) return;
  queue_->push(caf::make_mailbox_element(nullptr, id_, {}, refuse(errc::outcome_unknown)));
}

void reply_address::attach(caf::attachable_ptr observer) {
  observer->actor_exited(caf::exit_reason::unreachable, nullptr);
}

}  // namespace stellwerk::gateway
