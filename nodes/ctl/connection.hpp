#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace stellwerk::ctl {

namespace net = boost::asio;

/// The server could not be reached, or broke off. The text is for people.
struct unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct server_address {
  bool tls = false;
  std::string host;
  std::string port;
};
/// `http[s]://host[:port]`, nothing behind it. Throws std::invalid_argument.
server_address parse_server(const std::string& url);

/// A connection to a server, plain or TLS, decided at run time. It blocks, but never beyond its
/// deadline; a SyncStream for Beast. With TLS the certificate is checked against the system's roots
/// and `ca_file` (if not empty), and against the host's name.
class connection {
 public:
  using error_code = boost::system::error_code;
  using executor_type = net::io_context::executor_type;
  using deadline = std::chrono::steady_clock::time_point;

  /// Connected when made; throws `unreachable`. Both references must outlive it.
  connection(const server_address& server, const std::string& ca_file, deadline until);

  /// Of every step from now on; a step that meets it ends with net::error::timed_out.
  void set_deadline(deadline until) { until_ = until; }
  executor_type get_executor() { return io_.get_executor(); }
  [[noreturn]] void fail(const char* step, const error_code& why) const;

  template <class Buffers>
  std::size_t read_some(const Buffers& into, error_code& ec) {
    return read(*net::buffer_sequence_begin(into), ec);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& what, error_code& ec) {
    for (auto at = net::buffer_sequence_begin(what); at != net::buffer_sequence_end(what); ++at)
      if (net::const_buffer part = *at; part.size() > 0) return write(part, ec);
    return 0;
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& into) {
    error_code ec;
    auto got = read_some(into, ec);
    if (ec) throw boost::system::system_error(ec);
    return got;
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& what) {
    error_code ec;
    auto put = write_some(what, ec);
    if (ec) throw boost::system::system_error(ec);
    return put;
  }

 private:
  using done = std::function<void(const error_code&, std::size_t)>;

  void connect();
  void shake_hands(const std::string& ca_file);
  std::size_t read(net::mutable_buffer into, error_code& ec);
  std::size_t write(net::const_buffer what, error_code& ec);
  /// Runs one asynchronous step to its end: synchronous ones know no deadline.
  std::size_t wait(error_code& ec, const std::function<void(done)>& start);

  const server_address& server_;
  deadline until_;
  net::io_context io_{1};
  net::ip::tcp::socket socket_{io_};
  std::optional<net::ssl::context> rules_;
  std::optional<net::ssl::stream<net::ip::tcp::socket&>> tls_;
};

/// WebSocket's goodbye to the layer below it: the connection is simply let go.
inline void teardown(boost::beast::role_type, connection&, connection::error_code& ec) { ec = {}; }

}  // namespace stellwerk::ctl
