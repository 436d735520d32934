#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "gateway/answer_writer.hpp"
#include "gateway/deadlines.hpp"
#include "gateway/http.hpp"
#include "gateway/listener.hpp"
#include "gateway/session_times.hpp"
#include "monitoring/log.hpp"

namespace stellwerk::gateway {

/// A thread that serves connections, with all that its sessions share.
class io_thread {
 public:
  /// `handle` runs on this thread.
  io_thread(http_handler handle, instruments tools, session_times times);
  ~io_thread();
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  net::io_context& io() { return io_; }
  deadlines& all_deadlines() { return deadlines_; }

  /// Before `start`. The references outlive this.
  void listen(const bound_address& at, net::ssl::context* tls, connection_counts& counts);
  void start();

  /// Any thread but this. `on_stop` runs here first, then the open requests have their time, then
  /// `on_end` runs and what is left is cut. Returns when the thread has ended.
  void begin_stop(std::function<void()> on_stop, std::function<void()> on_end);
  void join();

 private:
  void look_again();
  bool any_open() const;

  net::io_context io_{1};  // one thread: no locks between its sessions
  net::steady_timer stop_timer_{io_};
  deadlines deadlines_{io_};
  answer_writer writer_;
  request_ids ids_;
  session_times times_;
  std::unique_ptr<session_surroundings> surroundings_;
  std::vector<std::unique_ptr<listener>> listeners_;
  std::function<void()> on_end_;
  std::chrono::steady_clock::time_point last_{};
  std::thread thread_;
};

}  // namespace stellwerk::gateway
