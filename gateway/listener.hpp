#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace stellwerk::gateway {

namespace net = boost::asio;

struct session_surroundings;

/// How many connections there are, over all I/O threads, and how many of each address.
class connection_counts {
 public:
  connection_counts(std::size_t all_max, std::size_t each_max)
      : all_max_(all_max), each_max_(each_max) {}

  /// False: over a limit, and not counted.
  bool enter(const std::string& address);
  void leave(const std::string& address);

 private:
  const std::size_t all_max_;
  const std::size_t each_max_;
  std::mutex gate_;
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t> each_;  // no more entries than connections
};

/// A place to listen at, bound once for all I/O threads; they share its port, not its socket.
/// Throws std::runtime_error with what to do if the address is not to be had.
class bound_address {
 public:
  explicit bound_address(net::ip::tcp::endpoint at);
  net::ip::tcp::endpoint endpoint() const { return endpoint_; }

 private:
  net::ip::tcp::endpoint endpoint_;
};

/// Accepts connections on one I/O thread and runs a session for each. Over a limit they are closed
/// at once; while the process has no file descriptor left nobody is accepted, and those that are
/// here are served. Use on the thread of `io` alone, but for the constructor.
class listener {
 public:
  /// `tls` null: plain. All references outlive the listener.
  listener(
      net::io_context& io, const bound_address& at, net::ssl::context* tls,
      session_surroundings& all, connection_counts& counts
  );
  ~listener();

  void start();
  /// Accepts no more; idle connections end now, busy ones after their answer.
  void stop();
  /// Cuts every connection.
  void end_all();
  std::size_t open_count() const;

 private:
  struct connections;
  net::awaitable<void> accept();
  net::awaitable<void>
      serve(net::basic_stream_socket<net::ip::tcp, net::io_context::executor_type>);

  net::io_context& io_;
  net::basic_socket_acceptor<net::ip::tcp, net::io_context::executor_type> acceptor_;
  net::steady_timer pause_;
  net::ssl::context* tls_;
  session_surroundings& all_;
  connection_counts& counts_;
  std::unique_ptr<connections> open_;
};

}  // namespace stellwerk::gateway
