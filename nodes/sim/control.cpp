#include "nodes/sim/control.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>

#include "nodes/sim/control_routes.hpp"

namespace stellwerk::sim {

namespace beast = boost::beast;
namespace http = beast::http;
using net::ip::tcp;

namespace {

constexpr auto quietly = net::as_tuple(net::use_awaitable);
constexpr std::size_t body_bytes_max = 4'096;
constexpr std::size_t header_bytes_max = 8'192;
constexpr std::chrono::seconds deadline{10};
constexpr std::chrono::milliseconds accept_pause{100};  // after EMFILE and the like

using response = http::response<http::string_body>;

response to_response(control_answer answer, unsigned version, bool keep_alive) {
  response out(static_cast<http::status>(answer.status), version);
  out.set(http::field::content_type, "application/json");
  out.keep_alive(keep_alive);
  out.body() = std::move(answer.body);
  out.prepare_payload();
  return out;
}

response refuse(beast::error_code error) {
  auto too_large = error == http::error::body_limit || error == http::error::header_limit;
  if (too_large) return to_response({413, R"({"message":"expected at most 4 KiB"})"}, 11, false);
  return to_response({400, R"({"message":"expected an HTTP request"})"}, 11, false);
}

bool is_http_error(beast::error_code error) {
  return error.category() == http::make_error_code(http::error::body_limit).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

}  // namespace

control::control(net::io_context& io, tcp::endpoint at, modbus_server& server, const write_log& log)
    : io_(io), server_(server), log_(log), acceptor_(io, at) {
  net::co_spawn(io_, accept(), net::detached);
}

net::awaitable<void> control::accept() {
  net::steady_timer pause(io_);
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(quietly);
    if (error == net::error::operation_aborted) co_return;
    if (error) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(quietly);
      continue;
    }
    if (sessions_ >= sessions_max) continue;
    ++sessions_;
    net::co_spawn(io_, serve(std::move(socket)), [this](std::exception_ptr failure) {
      --sessions_;
      if (failure) std::rethrow_exception(failure);
    });
  }
}

net::awaitable<void> control::serve(tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(header_bytes_max + body_bytes_max);
  for (auto open = true; open;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(body_bytes_max);
    parser.header_limit(header_bytes_max);
    stream.expires_after(deadline);
    auto [read_error, read] = co_await http::async_read(stream, buffer, parser, quietly);
    if (read_error && !is_http_error(read_error)) co_return;
    response out;
    if (read_error) {
      out = refuse(read_error);
    } else {
      auto& asked = parser.get();
      auto method = std::string_view(asked.method_string().data(), asked.method_string().size());
      auto target = std::string_view(asked.target().data(), asked.target().size());
      auto answer = answer_control(server_, log_, method, target, asked.body());
      out = to_response(std::move(answer), asked.version(), asked.keep_alive());
    }
    open = out.keep_alive();
    stream.expires_after(deadline);
    auto [write_error, written] = co_await http::async_write(stream, out, quietly);
    if (write_error) co_return;
  }
  beast::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace stellwerk::sim
