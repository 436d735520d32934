#pragma once

#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>

#include "gateway/fanout.hpp"
#include "gateway/open_stream.hpp"

namespace stellwerk::gateway {

/// The open streams of one I/O thread. Samples go out in batches, every 100 ms at most; tokens and
/// slow readers are looked at every 500 ms.
class stream_hub {
 public:
  static constexpr std::string_view path = "/ws/stream";

  stream_hub(io_thread& thread, request_desk& desk, stream_limits& limits, stream_times times);

  /// A request for `path`: refused, or upgraded.
  head_verdict judge(const http_request& request);

  /// Says 1001 to every stream.
  void stop();

 private:
  net::awaitable<std::optional<http_answer>> refuse(std::shared_ptr<call> c);
  net::awaitable<void> run(web_socket socket, std::string address, std::string token);
  void take(const stream_samples& batch);
  void take(const stream_events& batch);
  void batch_later();
  void batch_samples();
  void check_later();
  void check_all();

  stream_surroundings all_;
  std::list<std::shared_ptr<open_stream>> open_;
  net::steady_timer batch_timer_;
  net::steady_timer check_timer_;
  std::chrono::steady_clock::time_point batched_at_{};
  bool batch_armed_ = false;
  bool check_armed_ = false;
  fanout fanout_;
};

}  // namespace stellwerk::gateway
