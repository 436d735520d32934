#include "gateway/reply_port.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <caf/make_actor.hpp>
#include <caf/sec.hpp>
#include <utility>

#include "actors/model/error.hpp"

namespace stellwerk::gateway {

namespace {
constexpr std::uint32_t none_free = ~std::uint32_t{0};
}

reply_port::reply_port(net::io_context& io, caf::actor_system& sys, reply_port_options options)
    : io_(io), system_(sys), options_(options), first_free_(none_free), timer_(io) {
  auto drain_port = [](void* port) { static_cast<reply_port*>(port)->drain(); };
  queue_ = std::make_shared<reply_queue>(io, drain_port, this);
  if (options_.run_actors_here)
    unit_ = std::make_unique<io_unit>(io, sys, queue_, drain_port, this);
  slots_.reserve(std::min<std::size_t>(options_.open_max, std::size_t{1} << index_bits));
}

reply_port::~reply_port() {
  queue_->close();
  closed_ = true;  // a coroutine dying below may not ask again
  slots_.clear();
}

reply_port::ticket reply_port::open(
    std::unique_ptr<reply_waiter> waiter, std::chrono::milliseconds within
) {
  auto full = first_free_ == none_free && slots_.size() == slots_.capacity();
  if (closed_ || full) {
    auto why = closed_ ? errc::not_ready : errc::busy;
    net::post(io_, [w = std::move(waiter), why] { w->failed(refuse(why)); });
    return {};
  }
  auto index = first_free_;
  if (index == none_free) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    first_free_ = slots_[index].next_free;
  }
  auto& place = slots_[index];
  place.waiter = std::move(waiter);
  auto ticks = (within + options_.tick - std::chrono::milliseconds{1}) / options_.tick;
  place.deadline = now_ + static_cast<std::uint64_t>(std::max<std::int64_t>(ticks, 0)) + 1;
  ++open_;
  arm();
  auto number = (std::uint64_t{place.generation} << index_bits) | index;
  auto id = caf::make_message_id(number);  // normal priority
  auto sender = caf::make_actor<reply_address, caf::strong_actor_ptr>(
      system_.next_actor_id(), system_.node(), &system_, address_config_, queue_, id
  );
  return {std::move(sender), id};
}

std::unique_ptr<reply_waiter> reply_port::release(std::uint32_t index) {
  auto& place = slots_[index];
  ++place.generation;
  place.next_free = std::exchange(first_free_, index);
  --open_;
  return std::move(place.waiter);
}

void reply_port::drain() {
  for (auto* next = queue_->take_all(); next != nullptr;) {
    caf::mailbox_element_ptr answer{next};
    next = static_cast<caf::mailbox_element*>(answer->next);
    deliver(std::move(answer));
  }
}

void reply_port::deliver(caf::mailbox_element_ptr answer) {
  auto number = answer->mid.request_id().integer_value();
  auto index = static_cast<std::uint32_t>(number & ((1u << index_bits) - 1));
  if (index >= slots_.size()) return;
  auto& place = slots_[index];
  auto late = place.waiter == nullptr || place.generation != number >> index_bits;
  if (late) return;
  release(index)->answered(std::move(answer));  // may ask again at once: `place` is stale from here
}

void reply_port::arm() {
  if (armed_) return;
  armed_ = true;
  timer_.expires_after(options_.tick);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;  // the port is gone, or about to be
    armed_ = false;
    expire();
  });
}

void reply_port::expire() {
  ++now_;
  for (std::uint32_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].waiter != nullptr && slots_[i].deadline <= now_)
      release(i)->failed(caf::make_error(caf::sec::request_timeout));
  if (open_ != 0) arm();
}

void reply_port::close() {
  closed_ = true;
  timer_.cancel();  // else io.run() would wait for the next tick
  if (unit_) unit_->close();
  for (std::uint32_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].waiter != nullptr) release(i)->failed(refuse(errc::not_ready));
}

}  // namespace stellwerk::gateway
