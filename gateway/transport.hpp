#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace stellwerk::gateway {

namespace net = boost::asio;
using tcp = net::ip::tcp;

/// A connection's bytes, plain or TLS, decided at run time: one type, so that HTTP, HTTPS, WS and
/// WSS share one session type (compiled once, in a third of the time). Several buffers are
/// flattened into one write, else header and body leave as two packets.
class transport {
 public:
  using executor_type = net::io_context::executor_type;
  using socket_type = net::basic_stream_socket<tcp, executor_type>;
  using error_code = boost::system::error_code;
  using io_handler = net::any_completion_handler<void(error_code, std::size_t)>;
  using io_signature = void(error_code, std::size_t);

  /// `tls` null: plain. It must outlive the transport.
  transport(socket_type socket, net::ssl::context* tls);

  executor_type get_executor() { return socket_.get_executor(); }
  bool is_tls() const { return tls_.has_value(); }

  /// The TLS handshake; nothing to do for plain connections.
  net::awaitable<error_code> handshake();

  template <class Buffers, class Token = net::use_awaitable_t<>>
  auto async_read_some(const Buffers& buffers, Token&& token = {}) {
    net::mutable_buffer first;
    for (auto at = net::buffer_sequence_begin(buffers);
         first.size() == 0 && at != net::buffer_sequence_end(buffers); ++at)
      first = *at;
    return net::async_initiate<Token, io_signature>(
        [this](auto handler, net::mutable_buffer where) {
          start_read(where, io_handler{std::move(handler)});
        },
        token, first
    );
  }

  template <class Buffers, class Token = net::use_awaitable_t<>>
  auto async_write_some(const Buffers& buffers, Token&& token = {}) {
    return net::async_initiate<Token, io_signature>(
        [this](auto handler, net::const_buffer what) {
          start_write(what, io_handler{std::move(handler)});
        },
        token, flat(buffers)
    );
  }

  /// How many of `bytes` a plain connection takes without waiting. 0, and none taken: TLS, a full
  /// buffer or a failure; the asynchronous write tells which.
  std::size_t write_now(std::string_view bytes);

  /// Ends everything at once: open reads and writes fail.
  void close();
  /// Tells a plain peer that no more will come. TLS says so in `shut_down`.
  void shut_down_sending();
  /// Says goodbye in TLS, then closes; the caller has a deadline that calls `close`.
  net::awaitable<void> shut_down();

 private:
  static constexpr std::size_t flat_bytes_max = 16 * 1024;

  template <class Buffers>
  net::const_buffer flat(const Buffers& buffers) {
    auto begin = net::buffer_sequence_begin(buffers);
    auto end = net::buffer_sequence_end(buffers);
    if (begin == end) return {};
    if (std::next(begin) == end) return *begin;
    if (net::const_buffer first = *begin; first.size() >= flat_bytes_max) return first;
    flat_.resize(std::min(net::buffer_size(buffers), flat_bytes_max));
    net::buffer_copy(net::buffer(flat_), buffers);
    return net::buffer(flat_);
  }
  void start_read(net::mutable_buffer where, io_handler handler);
  void start_write(net::const_buffer what, io_handler handler);

  socket_type socket_;
  std::optional<net::ssl::stream<socket_type&>> tls_;
  std::string flat_;
};

}  // namespace stellwerk::gateway
