#pragma once

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <chrono>

#include "actors/model/error.hpp"
#include "monitoring/clock.hpp"
#include "monitoring/metrics.hpp"

namespace stellwerk {

/// The actor system's configuration; carries the metrics in which actors meter themselves.
struct caf_config : caf::actor_system_config {
  explicit caf_config(metrics_ptr m, std::size_t workers = 1) : metrics(std::move(m)) {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", workers);
    set("scheduler.max-throughput", std::size_t{100});
  }
  metrics_ptr metrics;
};

/// Every actor's base: a bounded mailbox that meters itself. `State` names the actor (`name`) and
/// its bound (`mailbox_max`). When full, requests are answered `busy` at once and one-way messages
/// are dropped, both counted; responses, exits, DOWN and the actor's own timers always pass. A
/// `State` may count what was in a refused message: `static count_refused(metrics&, const
/// caf::type_erased_tuple&)`, on the sender's thread.
///
///   limiter_actor::behavior_type limiter(metered<limiter_actor, limiter_state>* self, …);
template <class Interface, class State>
class metered : public caf::stateful_actor<State, typename Interface::base> {
 public:
  using super = caf::stateful_actor<State, typename Interface::base>;

  template <class... Ts>
  explicit metered(caf::actor_config& cfg, Ts&&... xs) : super(cfg, std::forward<Ts>(xs)...) {
    auto* config = dynamic_cast<const caf_config*>(&this->system().config());
    if (config == nullptr || !config->metrics) return;
    numbers_ = config->metrics.get();
    meter_ = &numbers_->mailbox(State::name);
  }
  ~metered() override {
    if (meter_ != nullptr) meter_->depth.Decrement(static_cast<double>(depth_.load()));
  }

  using super::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* unit) override {
    auto waiting = depth_.fetch_add(1, std::memory_order_relaxed);
    if (waiting >= State::mailbox_max && refusable(*what)) {
      depth_.fetch_sub(1, std::memory_order_relaxed);
      return refuse_mail(*what, unit);
    }
    if (meter_ != nullptr) meter_->depth.Increment();
    super::enqueue(std::move(what), unit);
  }

  caf::invoke_message_result consume(caf::mailbox_element& what) override {
    auto start = meter_now();
    auto result = super::consume(what);
    if (result == caf::invoke_message_result::skipped) return result;
    depth_.fetch_sub(1, std::memory_order_relaxed);
    if (meter_ != nullptr) {
      meter_->depth.Decrement();
      std::chrono::duration<double> took = meter_now() - start;
      meter_->handler_seconds.Observe(took.count());
    }
    return result;
  }

  /// Messages in the mailbox, without the one being handled. Only its own handlers may ask.
  std::size_t waiting() const {
    auto depth = depth_.load(std::memory_order_relaxed);
    return depth == 0 ? 0 : depth - 1;
  }

 private:
  bool refusable(const caf::mailbox_element& what) const {
    if (what.mid.is_response() || what.mid.category() == caf::message_id::urgent_message_category)
      return false;
    auto& mail = what.content();  // CAF sends DOWN with the priority of ordinary mail
    if (mail.match_elements<caf::down_msg>() || mail.match_elements<caf::exit_msg>()) return false;
    return what.sender.get() != this->ctrl();
  }

  void refuse_mail(caf::mailbox_element& what, caf::execution_unit* unit) {
    if (meter_ != nullptr) {
      meter_->refused.Increment();
      if constexpr (requires { State::count_refused(*numbers_, what.content()); })
        State::count_refused(*numbers_, what.content());
    }
    if (what.mid.is_request() && what.sender)
      what.sender->get()->enqueue(
          nullptr, what.mid.response_id(), caf::make_message(refuse(errc::busy)), unit
      );
  }

  std::atomic<std::size_t> depth_{0};
  metrics* numbers_ = nullptr;
  mailbox_meter* meter_ = nullptr;
};

}  // namespace stellwerk
