#include "gateway/io_thread.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "gateway/session.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::chrono::milliseconds look_every{20};
constexpr std::chrono::milliseconds cut_within{1'000};

}  // namespace

io_thread::io_thread(http_handler handle, instruments tools, session_times times)
    : writer_(tools.now), times_(times) {
  surroundings_ = std::make_unique<session_surroundings>(session_surroundings{
      std::move(handle), std::move(tools), times, deadlines_, writer_, ids_});
}

io_thread::~io_thread() {
  if (!thread_.joinable()) return;
  begin_stop([] {}, [] {});
  join();
}

void io_thread::listen(const bound_address& at, net::ssl::context* tls, connection_counts& counts) {
  listeners_.push_back(std::make_unique<listener>(io_, at, tls, *surroundings_, counts));
}

void io_thread::start() {
  thread_ = std::thread{[this] {
    for (auto& one : listeners_) one->start();
    auto busy = net::make_work_guard(io_);
    io_.run();
  }};
}

void io_thread::begin_stop(std::function<void()> on_stop, std::function<void()> on_end) {
  if (!thread_.joinable()) return;
  net::post(io_, [this, on_stop = std::move(on_stop), on_end = std::move(on_end)] {
    on_end_ = on_end;
    last_ = steady_now() + times_.stopping;
    on_stop();
    for (auto& one : listeners_) one->stop();
    look_again();
  });
}

void io_thread::join() {
  if (thread_.joinable()) thread_.join();
}

bool io_thread::any_open() const {
  return std::ranges::any_of(listeners_, [](auto& one) { return one->open_count() > 0; });
}

void io_thread::look_again() {
  auto now = steady_now();
  if (now >= last_ || !any_open()) {
    if (auto end = std::exchange(on_end_, {})) end();
    for (auto& one : listeners_) one->end_all();
  }
  if (any_open() && now < last_ + cut_within) {
    stop_timer_.expires_after(look_every);
    stop_timer_.async_wait([this](boost::system::error_code) { look_again(); });
    return;
  }
  deadlines_.close();
  io_.stop();
}

}  // namespace stellwerk::gateway
