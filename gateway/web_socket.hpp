#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http.hpp"

namespace stellwerk::gateway {

class transport;

/// RFC 6455 §7.4.1, the ones we send.
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  binary = 1003,
  policy = 1008,
  internal = 1011,
  overload = 1013,
};

/// An upgraded connection: text messages in and out. Copies are the same connection. Liveness is
/// kept here: pings after 20 s of silence, closed after 40 s. At most one `read` and one `write` at
/// a time; `close` at any time.
class web_socket {
 public:
  /// `fields`: lines of header fields for the 101 answer.
  web_socket(std::shared_ptr<transport> bytes, std::string fields);

  /// Answers the upgrade. False if the connection is gone.
  net::awaitable<bool> accept(const http_request& request, std::string_view protocol);

  /// Longer messages close with 1009.
  void limit_messages(std::size_t bytes_max);

  /// The next text message; empty once the connection is closed or closing. Binary messages and
  /// text that is not UTF-8 close it with 1003 and 1007.
  net::awaitable<std::optional<std::string>> read();

  /// False once the connection is closed.
  net::awaitable<bool> write(std::shared_ptr<const std::string> text);

  /// Starts the closing handshake; after 5 s the connection is cut. `reason` is a constant.
  void close(close_code code, std::string_view reason);

 private:
  struct beast_stream;
  std::shared_ptr<beast_stream> stream_;
};

}  // namespace stellwerk::gateway
