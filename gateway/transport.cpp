#include "gateway/transport.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <utility>

namespace stellwerk::gateway {

transport::transport(socket_type socket, net::ssl::context* tls) : socket_(std::move(socket)) {
  error_code ignored;
  if (tls != nullptr)
    tls_.emplace(socket_, *tls);
  else
    socket_.non_blocking(true, ignored);
}

net::awaitable<transport::error_code> transport::handshake() {
  error_code ec;
  if (tls_) {
    auto token = net::redirect_error(net::use_awaitable, ec);
    co_await tls_->async_handshake(net::ssl::stream_base::server, token);
  }
  co_return ec;
}

void transport::start_read(net::mutable_buffer where, io_handler handler) {
  auto done = [h = std::move(handler)](error_code ec, std::size_t n) mutable {
    std::move(h)(ec, n);
  };
  if (tls_)
    tls_->async_read_some(where, std::move(done));
  else
    socket_.async_read_some(where, std::move(done));
}

void transport::start_write(net::const_buffer what, io_handler handler) {
  auto done = [h = std::move(handler)](error_code ec, std::size_t n) mutable {
    std::move(h)(ec, n);
  };
  if (tls_)
    tls_->async_write_some(what, std::move(done));
  else
    socket_.async_write_some(what, std::move(done));
}

std::size_t transport::write_now(std::string_view bytes) {
  if (tls_ || !socket_.non_blocking()) return 0;
  error_code ec;
  auto taken = socket_.write_some(net::buffer(bytes.data(), bytes.size()), ec);
  return ec ? 0 : taken;
}

void transport::close() {
  error_code ignored;
  socket_.close(ignored);
}

void transport::shut_down_sending() {
  error_code ignored;
  if (!tls_) socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

net::awaitable<void> transport::shut_down() {
  error_code ignored;
  if (tls_) {
    auto token = net::redirect_error(net::use_awaitable, ignored);
    co_await tls_->async_shutdown(token);
  }
  close();
}

}  // namespace stellwerk::gateway
