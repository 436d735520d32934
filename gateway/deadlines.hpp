#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

namespace stellwerk::gateway {

namespace net = boost::asio;

/// The gateway's steady clock.
std::chrono::steady_clock::time_point steady_now();

class deadlines;

/// Calls `on_pass` on the I/O thread if it was not moved in time: late by two ticks at most, never
/// early.
class deadline : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  deadline(deadlines& all, std::function<void()> on_pass);

  void in(std::chrono::milliseconds from_now);
  void never() { at_ = 0; }

 private:
  friend class deadlines;
  deadlines& all_;
  std::function<void()> on_pass_;
  std::uint64_t at_ = 0;  // in ticks; 0: never
};

/// One timer for all connections of an I/O thread. It ticks only while somebody has a deadline, and
/// looks at each of them: 20,000 take 0.1 ms. No deadline
/// is set after its end.
class deadlines {
 public:
  static constexpr std::chrono::milliseconds tick{250};

  explicit deadlines(net::io_context& io) : timer_(io) {}
  ~deadlines() { all_.clear(); }

  /// Lets `io.run()` return; no deadline passes any more.
  void close();

 private:
  friend class deadline;
  void arm();
  void pass();

  net::steady_timer timer_;
  boost::intrusive::list<deadline, boost::intrusive::constant_time_size<false>> all_;
  std::uint64_t now_ = 1;  // ticks seen
  bool armed_ = false;
  bool closed_ = false;
};

}  // namespace stellwerk::gateway
