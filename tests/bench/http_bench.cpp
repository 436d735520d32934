#include <poll.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/server.hpp"
#include "tests/gateway/gateway_fixture.hpp"

/// Authenticated GETs of a device through limiter and actor, beside the ceiling: a bare Beast loop
/// that parses the same requests and writes the same bytes. One I/O thread each, 1, 16 and 64
/// connections, five rounds of each in turn; medians of requests a second.
namespace stellwerk::gateway {
namespace {

namespace beast = boost::beast;
using tcp = net::ip::tcp;
using steady = std::chrono::steady_clock;

constexpr auto run_for = 1s;
constexpr int rounds = 5;

/// The bare loop: no routes, no limits, no deadlines.
class bare_loop {
 public:
  explicit bare_loop(std::string answer)
      : answer_(std::move(answer)), acceptor_(io_, {net::ip::address_v4::loopback(), 0}) {
    net::co_spawn(io_, accept(), net::detached);
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~bare_loop() {
    io_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  net::awaitable<void> accept() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(net::use_awaitable);
      socket.set_option(tcp::no_delay{true});
      net::co_spawn(io_, serve(std::move(socket)), net::detached);
    }
  }
  net::awaitable<void> serve(tcp::socket socket) {
    beast::tcp_stream stream{std::move(socket)};
    beast::flat_buffer buffer;
    auto token = net::as_tuple(net::use_awaitable);
    for (;;) {
      beast::http::request_parser<beast::http::string_body> parser;
      auto [bad, in] = co_await beast::http::async_read(stream, buffer, parser, token);
      if (bad) co_return;
      auto [broken, out] = co_await net::async_write(stream, net::buffer(answer_), token);
      if (broken) co_return;
    }
  }

  const std::string answer_;
  net::io_context io_{1};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

/// Keeps one request in flight on each of `connections`, all on the calling thread.
double requests_per_second(
    std::uint16_t port, const std::string& request, std::size_t answer_bytes,
    std::size_t connections
) {
  net::io_context io;
  std::vector<tcp::socket> sockets;
  std::vector<pollfd> wanted;
  for (std::size_t i = 0; i < connections; ++i) {
    auto& one = sockets.emplace_back(io);
    one.connect({net::ip::address_v4::loopback(), port});
    one.set_option(tcp::no_delay{true});
    wanted.push_back({one.native_handle(), POLLIN, 0});
    ::send(one.native_handle(), request.data(), request.size(), 0);
  }
  std::vector<std::size_t> received(connections);
  std::vector<char> bytes(64 * 1024);
  std::size_t answered = 0;
  auto start = steady::now();
  while (steady::now() - start < run_for) {
    ::poll(wanted.data(), wanted.size(), 100);
    for (std::size_t i = 0; i < connections; ++i) {
      if ((wanted[i].revents & POLLIN) == 0) continue;
      auto got = ::recv(wanted[i].fd, bytes.data(), bytes.size(), 0);
      if (got <= 0) return 0;
      received[i] += static_cast<std::size_t>(got);
      if (received[i] < answer_bytes) continue;
      received[i] -= answer_bytes;
      ++answered;
      ::send(wanted[i].fd, request.data(), request.size(), 0);
    }
  }
  std::chrono::duration<double> took = steady::now() - start;
  return static_cast<double>(answered) / took.count();
}

class http_bench : public gateway_fixture {
 public:
  void TestBody() override {
    options.listen = {"http://127.0.0.1:0"};
    options.io_threads = 1;
    server ours{options, {}, *node};
    ours.start();
    auto request =
        "GET /api/v1/devices/tank-1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
        token("ada") + "\r\nAccept: application/json\r\n\r\n";
    auto answer = one_answer(ours.ports().at(0), request);
    bare_loop bare{answer};
    std::printf("answer: %zu bytes\n", answer.size());
    for (std::size_t connections : {1, 16, 64}) {
      std::vector<double> with, without;
      for (int i = 0; i < rounds; ++i) {
        without.push_back(requests_per_second(bare.port(), request, answer.size(), connections));
        with.push_back(requests_per_second(ours.ports().at(0), request, answer.size(), connections)
        );
      }
      auto median = [](std::vector<double>& of) {
        std::ranges::sort(of);
        return of[of.size() / 2];
      };
      auto ceiling = median(without);
      auto reached = median(with);
      std::printf(
          "http %2zu connections: %8.0f/s, bare Beast %8.0f/s, ratio %.2f\n", connections, reached,
          ceiling, reached / ceiling
      );
    }
    ours.stop();
    TearDown();
  }

 private:
  static std::string one_answer(std::uint16_t port, const std::string& request) {
    net::io_context io;
    tcp::socket socket{io};
    socket.connect({net::ip::address_v4::loopback(), port});
    net::write(socket, net::buffer(request));
    std::string answer(64 * 1024, '\0');
    answer.resize(socket.read_some(net::buffer(answer)));
    return answer;
  }
};

}  // namespace
}  // namespace stellwerk::gateway

int main() {
  stellwerk::gateway::http_bench{}.TestBody();
  return 0;
}
