#include "gateway/web_socket.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>

#include "gateway/transport.hpp"

namespace stellwerk::gateway {

namespace websocket = boost::beast::websocket;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;

namespace {
constexpr std::chrono::seconds goodbye{5};
}

// How Beast ends a stream of ours: found by argument-dependent lookup.
inline void beast_close_socket(transport& bytes) { bytes.close(); }
inline void teardown(boost::beast::role_type, transport& bytes, error_code& ec) {
  bytes.close();
  ec = {};
}
template <class Handler>
void async_teardown(boost::beast::role_type, transport& bytes, Handler&& handler) {
  bytes.close();
  net::post(bytes.get_executor(), [h = std::forward<Handler>(handler)]() mutable {
    std::move(h)(error_code{});
  });
}

struct web_socket::beast_stream {
  explicit beast_stream(std::shared_ptr<transport> held)
      : bytes(std::move(held)), stream(*bytes), cut(bytes->get_executor()) {}

  std::shared_ptr<transport> bytes;             // a closing handshake may outlive the session
  websocket::stream<transport&, false> stream;  // without permessage-deflate
  std::string fields;
  boost::beast::flat_buffer in;
  net::steady_timer cut;  // a peer that does not read cannot be said goodbye to
  bool closing = false;
};

web_socket::web_socket(std::shared_ptr<transport> bytes, std::string fields)
    : stream_(std::make_shared<beast_stream>(std::move(bytes))) {
  stream_->fields = std::move(fields);
  websocket::stream_base::timeout limits;
  limits.handshake_timeout = std::chrono::seconds{5};
  limits.idle_timeout = std::chrono::seconds{40};
  limits.keep_alive_pings = true;  // at half of the idle time
  stream_->stream.set_option(limits);
  stream_->stream.auto_fragment(false
  );  // frames are whole in memory: no need to copy them in parts
}

net::awaitable<bool> web_socket::accept(const http_request& request, std::string_view protocol) {
  auto& stream = stream_->stream;
  http::request<http::string_body> upgrade{
      http::verb::get, {request.target.data(), request.target.size()}, 11};
  for (auto& [name, value] : request.fields)
    upgrade.insert({name.data(), name.size()}, {value.data(), value.size()});
  stream.set_option(websocket::stream_base::decorator(
      [fields = stream_->fields, protocol = std::string{protocol}](websocket::response_type& out) {
        std::string_view rest{fields};
        while (!rest.empty()) {
          auto line = rest.substr(0, rest.find("\r\n"));
          rest.remove_prefix(line.size() + 2);
          auto colon = line.find(": ");
          auto value = line.substr(colon + 2);
          out.set({line.data(), colon}, {value.data(), value.size()});
        }
        if (!protocol.empty()) out.set(http::field::sec_websocket_protocol, protocol);
      }
  ));
  error_code ec;
  co_await stream.async_accept(upgrade, net::redirect_error(net::use_awaitable, ec));
  stream.text(true);
  co_return !ec;
}

void web_socket::limit_messages(std::size_t bytes_max) {
  stream_->stream.read_message_max(bytes_max);
}

net::awaitable<std::optional<std::string>> web_socket::read() {
  auto mine = stream_;
  if (mine->closing) co_return std::nullopt;
  error_code ec;
  co_await mine->stream.async_read(mine->in, net::redirect_error(net::use_awaitable, ec));
  if (ec || mine->closing) {
    mine->closing = true;
    co_return std::nullopt;
  }
  if (mine->stream.got_binary()) {
    close(close_code::binary, "Text only");
    co_return std::nullopt;
  }
  auto bytes = mine->in.cdata();
  std::optional<std::string> text{
      std::in_place, static_cast<const char*>(bytes.data()), bytes.size()};
  mine->in.consume(bytes.size());
  co_return text;
}

net::awaitable<bool> web_socket::write(std::shared_ptr<const std::string> text) {
  auto mine = stream_;
  if (mine->closing) co_return false;
  error_code ec;
  auto bytes = net::buffer(*text);
  co_await mine->stream.async_write(bytes, net::redirect_error(net::use_awaitable, ec));
  co_return !ec;
}

void web_socket::close(close_code code, std::string_view reason) {
  auto mine = stream_;
  if (std::exchange(mine->closing, true)) return;
  websocket::close_reason why;
  why.code = static_cast<websocket::close_code>(code);
  why.reason.assign(reason.data(), reason.size());
  mine->cut.expires_after(goodbye);
  mine->cut.async_wait([mine](error_code ec) {
    if (!ec) mine->bytes->close();
  });
  mine->stream.async_close(why, [mine](error_code) { mine->cut.cancel(); });
}

}  // namespace stellwerk::gateway
