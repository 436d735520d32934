#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/io_thread.hpp"
#include "gateway/serve.hpp"
#include "gateway/stream_client.hpp"
#include "gateway/stream_limits.hpp"
#include "gateway/web_socket.hpp"

namespace stellwerk::gateway {

/// What the streams of an I/O thread share.
struct stream_surroundings {
  io_thread& thread;
  request_desk& desk;
  stream_limits& limits;
  stream_times times;
  std::function<void()> batch_later = {};  // there are samples to send
  std::uint64_t newest = 0;                // the last journal entry that came live
};

/// One socket of `/ws/stream`: three coroutines, of which one reads messages, one writes what the
/// client's queue holds, one reads the journal while a subscription is behind.
class open_stream : public std::enable_shared_from_this<open_stream> {
 public:
  open_stream(web_socket socket, std::string address, stream_surroundings& all);

  /// Its whole life. `token` empty: the first message is to bring one.
  net::awaitable<void> run(std::string token);

  /// Batches are for those who have said who they are.
  bool is_known() const { return client_.who() != nullptr; }
  /// Number of samples that replaced older ones.
  std::size_t take(const stream_samples& batch) { return client_.take(*batch); }
  void take(const stream_events& batch);
  /// Makes frames of the waiting samples; true if some have to wait on.
  bool batch_samples();
  /// Is the token still good, the reader not too slow? Reads the journal if there is room again.
  void check();
  void end(close_code code, std::string_view reason);

 private:
  net::awaitable<bool> greet();
  net::awaitable<void> read();
  net::awaitable<void> write();
  net::awaitable<void> catch_up();
  net::awaitable<void> send_latest(std::vector<stream_pattern> patterns);
  bool admit(std::string token);
  void receive(std::string_view text);
  void on_frame(const hello_frame& frame);
  void on_frame(const subscribe_frame& frame);
  void on_frame(const unsubscribe_frame& frame);
  void tell(std::string frame);
  void go_on();
  void look_for_slowness();
  const services& node() const { return all_.desk.all(); }
  wall_time now() const { return node().tools.now(); }

  stream_surroundings& all_;
  web_socket socket_;
  const std::string address_;
  std::string token_;
  stream_client client_;
  net::steady_timer wake_;  // cancelled when there is something to write
  std::chrono::steady_clock::time_point full_since_{};
  int latest_owed_ = 0;  // answers with latest values, which come before any batch
  int invalid_messages_ = 0;
  bool catching_up_ = false;
  bool warned_ = false;
  bool ended_ = false;
};

}  // namespace stellwerk::gateway
