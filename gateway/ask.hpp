#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/expected.hpp>
#include <caf/response_type.hpp>
#include <caf/sec.hpp>
#include <chrono>
#include <type_traits>
#include <utility>

#include "actors/access/limiter.hpp"
#include "gateway/reply_port.hpp"

namespace stellwerk::gateway {

/// An actor's answer as it came, or why there is none; read where it lies. Like `expected`.
template <class Answer>
class reply {
 public:
  explicit reply(caf::error why) : why_(std::move(why)) {}
  explicit reply(caf::mailbox_element_ptr mail) {
    auto& content = mail->content();
    if (content.size() == 1 && content.match_element<caf::error>(0))
      why_ = content.get_as<caf::error>(0);
    else if (!is_answer(content))
      why_ = caf::make_error(caf::sec::unexpected_response);
    else if (content.shared())
      mail_ = caf::make_mailbox_element(nullptr, mail->mid, {}, copy_of(content));
    else
      mail_ = std::move(mail);
    if (mail_) mail_->sender = nullptr;  // who answered is not kept alive by it
  }

  explicit operator bool() const { return mail_ != nullptr; }
  /// REQUIRES: holds an answer. Writing to it is fine: nobody else sees it.
  Answer& operator*() { return mail_->content().get_mutable_as<Answer>(0); }
  Answer* operator->() { return &**this; }
  /// REQUIRES: holds none.
  const caf::error& error() const { return why_; }

  operator caf::expected<Answer>() && {
    if (!*this) return std::move(why_);
    return std::move(**this);
  }

 private:
  static bool is_answer(const caf::type_erased_tuple& content) {
    return content.size() == 1 && content.match_element<Answer>(0);
  }
  static Answer copy_of(const caf::type_erased_tuple& content) { return content.get_as<Answer>(0); }

  caf::mailbox_element_ptr mail_;
  caf::error why_;
};

template <>
class reply<void> {
 public:
  explicit reply(caf::error why) : why_(std::move(why)) {}
  explicit reply(caf::mailbox_element_ptr mail) {
    auto& content = mail->content();
    if (content.size() == 1 && content.match_element<caf::error>(0))
      why_ = content.get_as<caf::error>(0);
    else if (content.size() != 0)
      why_ = caf::make_error(caf::sec::unexpected_response);
  }
  explicit operator bool() const { return !why_; }
  const caf::error& error() const { return why_; }
  operator caf::expected<void>() && {
    if (why_) return std::move(why_);
    return caf::unit;
  }

 private:
  caf::error why_;
};

namespace detail {

template <class List>
struct only;
template <class T>
struct only<caf::detail::type_list<T>> {
  using type = T;
};

/// Turns CAF's untyped answer into a `reply<Answer>` and resumes the asker with it.
template <class Answer, class Handler>
class typed_waiter final : public reply_waiter {
 public:
  explicit typed_waiter(Handler handler) : handler_(std::move(handler)) {}

  void answered(caf::mailbox_element_ptr mail) override {
    std::move(handler_)(reply<Answer>{std::move(mail)});
  }
  void failed(caf::error why) override { std::move(handler_)(reply<Answer>{std::move(why)}); }

 private:
  Handler handler_;
};

}  // namespace detail

/// What `Target` promises for a `Request`; an unknown request does not compile.
template <class Target, class Request>
using answer_of =
    typename detail::only<caf::response_type_t<typename Target::signatures, Request>>::type;

/// g++ 12 copies aggregate temporaries in a co_await expression bit by bit: `co_await f(point{1})`
/// is undefined behaviour there. So `ask` builds requests itself, and refuses such temporaries.
template <class... Fields>
inline constexpr bool safe_in_co_await =
    ((std::is_lvalue_reference_v<Fields> || !std::is_aggregate_v<Fields>)&&...);

/// The untyped core of `ask`: `request` may be anything, the answer must be an `Answer`. What it
/// returns is awaited as it is: it costs no coroutine of its own.
template <class Answer, class Request>
auto ask_for(
    reply_port& port, caf::strong_actor_ptr target, std::chrono::milliseconds within,
    Request request
) {
  return net::async_initiate<const net::deferred_t, void(reply<Answer>)>(
      [&port](auto handler, auto to, auto limit, auto what) {
        using waiter = detail::typed_waiter<Answer, decltype(handler)>;
        auto [sender, id] = port.open(std::make_unique<waiter>(std::move(handler)), limit);
        if (!sender || !to) return;  // refused, or (null target) lost with `sender`: both answer
        to->enqueue(
            caf::make_mailbox_element(std::move(sender), id, {}, std::move(what)), port.unit()
        );
      },
      net::deferred, std::move(target), within, std::move(request)
  );
}

/// Sends `Request{fields...}` to `target` for the calling coroutine, which must run on the port's
/// io thread. Always ends with a `reply`: the answer, the target's error, or
///   sec::request_receiver_down   target was dead, or died with the request in its mailbox
///   sec::runtime_error           target's handler threw; the target is dead now
///   sec::unexpected_message      target does not know this request
///   sec::unexpected_response     target answered with another type
///   sec::request_timeout         the deadline passed
///   errc::outcome_unknown        taken, then lost: promise dropped, target quit, null target
///   errc::busy                   this io thread has `open_max` open questions
///   errc::not_ready              the gateway is shutting down
///
///   auto level = co_await ask<read_level>(port, tank, 2s, "tank 7");
template <class Request, class Target, class... Fields>
auto ask(
    reply_port& port, const Target& target, std::chrono::milliseconds within, Fields&&... fields
) {
  static_assert(safe_in_co_await<Fields...>, "name it first: see safe_in_co_await");
  return ask_for<answer_of<Target, Request>>(
      port, caf::actor_cast<caf::strong_actor_ptr>(target), within,
      Request{std::forward<Fields>(fields)...}
  );
}

/// Sends `request` to `target` through a limiter shard, which charges the keys in `ticket` and
/// either refuses or hands it on; the answer comes straight from the target.
template <class Request, class Target>
auto ask_through(
    reply_port& port, const limiter_actor& shard, admit ticket, const Target& target,
    std::chrono::milliseconds within, Request request
) {
  ticket.target = caf::actor_cast<caf::actor>(target);
  ticket.request = caf::make_message(std::move(request));
  return ask_for<answer_of<Target, Request>>(
      port, caf::actor_cast<caf::strong_actor_ptr>(shard), within, std::move(ticket)
  );
}

}  // namespace stellwerk::gateway
