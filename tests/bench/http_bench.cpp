#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/server.hpp"
#include "tests/gateway/gateway_fixture.hpp"

/// Authenticated GETs of a device through limiter and actor, beside a bare Beast loop that parses
/// the same requests and gives the same answers. One I/O thread each, 1, 16 and 64 connections,
/// five rounds of each in turn; medians of requests a second and of the ratios.
namespace stellwerk::gateway {
namespace {

namespace beast = boost::beast;
using tcp = net::ip::tcp;
using steady = std::chrono::steady_clock;

constexpr auto run_for = 1s;
constexpr std::size_t rounds = 5;

/// What the server answered, to be answered again.
struct known_answer {
  std::string bytes;
  beast::http::response<beast::http::string_body> message;

  explicit known_answer(std::string from) : bytes(std::move(from)) {
    beast::http::response_parser<beast::http::string_body> parser;
    beast::error_code ec;
    parser.eager(true);
    parser.put(net::buffer(bytes), ec);
    if (ec || !parser.is_done()) throw std::runtime_error("no whole answer: " + bytes);
    message = parser.release();
  }
};

/// A bare loop as Beast's examples have it: no routes, no limits, no deadlines. `message`: the
/// answer is one Beast message, serialised for each request; `bytes`: its bytes lie ready.
class bare_loop {
 public:
  enum class answers { message, bytes };

  bare_loop(const known_answer& answer, answers how)
      : answer_(answer), how_(how), acceptor_(io_, {net::ip::address_v4::loopback(), 0}) {
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
      beast::error_code broken;
      if (how_ == answers::bytes) {
        auto [ec, out] = co_await net::async_write(stream, net::buffer(answer_.bytes), token);
        broken = ec;
      } else {
        auto [ec, out] = co_await beast::http::async_write(stream, answer_.message, token);
        broken = ec;
      }
      if (broken) co_return;
    }
  }

  const known_answer& answer_;
  const answers how_;
  net::io_context io_{1};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

/// Bytes of the first whole answer in `bytes`; 0 if it is not there yet.
std::size_t answer_size(std::string_view bytes) {
  auto end = bytes.find("\r\n\r\n");
  auto at = bytes.find("Content-Length: ");
  if (end == bytes.npos || at > end) return 0;
  auto size = end + 4 + std::strtoul(bytes.data() + at + 16, nullptr, 10);
  return bytes.size() < size ? 0 : size;
}

/// Where a run comes from, so that it has a limit of its own: an address and a principal.
struct caller {
  net::ip::address_v4 address;
  std::string request;
};

struct speed {
  double per_second = 0;
  double cpu_us = 0;  // of all threads but this one, a request
};

double cpu_us_of_others() {
  auto used = [](int who) {
    rusage told{};
    ::getrusage(who, &told);
    auto us = [](timeval time) {
      return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return us(told.ru_utime) + us(told.ru_stime);
  };
  return used(RUSAGE_SELF) - used(RUSAGE_THREAD);
}

/// Keeps one request in flight on each of `connections`, all on the calling thread. Any answer but
/// 200 ends the program.
speed ask_for_a_while(std::uint16_t port, const caller& who, std::size_t connections) {
  net::io_context io;
  std::vector<tcp::socket> sockets;
  std::vector<pollfd> wanted;
  for (std::size_t i = 0; i < connections; ++i) {
    auto& one = sockets.emplace_back(io, tcp::endpoint{who.address, 0});
    one.connect({net::ip::address_v4::loopback(), port});
    one.set_option(tcp::no_delay{true});
    wanted.push_back({one.native_handle(), POLLIN, 0});
    ::send(one.native_handle(), who.request.data(), who.request.size(), 0);
  }
  std::vector<std::string> received(connections);
  std::vector<char> bytes(64 * 1024);
  std::size_t answered = 0;
  auto used = cpu_us_of_others();
  auto start = steady::now();
  while (steady::now() - start < run_for) {
    ::poll(wanted.data(), wanted.size(), 0);
    for (std::size_t i = 0; i < connections; ++i) {
      if ((wanted[i].revents & POLLIN) == 0) continue;
      auto got = ::recv(wanted[i].fd, bytes.data(), bytes.size(), 0);
      auto& mine = received[i];
      if (got > 0) mine.append(bytes.data(), static_cast<std::size_t>(got));
      if (got <= 0 || !mine.starts_with("HTTP/1.1 200 ")) {
        std::fprintf(stderr, "not a good answer: %s\n", mine.c_str());
        std::exit(1);
      }
      if (answer_size(mine) != mine.size()) continue;
      mine.clear();
      ++answered;
      ::send(wanted[i].fd, who.request.data(), who.request.size(), 0);
    }
  }
  std::chrono::duration<double> took = steady::now() - start;
  auto count = static_cast<double>(answered);
  return {count / took.count(), (cpu_us_of_others() - used) / count};
}

double median(std::vector<double>& of) {
  std::ranges::sort(of);
  return of[of.size() / 2];
}

struct peer {
  const char* name;
  std::uint16_t port;
  std::vector<double> per_second = {}, cpu_us = {}, ratios = {};
};

struct metered_devices_state {
  static inline const char* name = "devices";
  static constexpr std::size_t mailbox_max = 10'000;
};

/// With real limiter shards, and a target that is metered like the product's.
class http_bench : public gateway_fixture {
 public:
  void TestBody() override {
    replace_fakes();
    options.listen = {"http://127.0.0.1:0"};
    options.io_threads = 1;
    server ours{options, {}, *node};
    ours.start();
    known_answer answer{one_answer(ours.ports().at(0), next_caller())};
    bare_loop beast_loop{answer, bare_loop::answers::message};
    bare_loop ready_bytes{answer, bare_loop::answers::bytes};
    std::printf("answer: %zu bytes\n", answer.bytes.size());
    std::array peers{
        peer{"Stellwerk", ours.ports().at(0)}, peer{"bare Beast", beast_loop.port()},
        peer{"bare Beast, ready bytes", ready_bytes.port()}};
    for (std::size_t connections : {1, 16, 64}) compare(peers, connections);
    ours.stop();
    TearDown();
  }

 private:
  /// `peers[0]` is ours; who begins a round changes.
  void compare(std::array<peer, 3> peers, std::size_t connections) {
    for (std::size_t round = 0; round < rounds; ++round) {
      auto who = next_caller();
      for (std::size_t i = 0; i < peers.size(); ++i) {
        auto& one = peers[(round + i) % peers.size()];
        auto [per_second, cpu_us] = ask_for_a_while(one.port, who, connections);
        one.per_second.push_back(per_second);
        one.cpu_us.push_back(cpu_us);
      }
      for (auto& one : peers)
        one.ratios.push_back(peers[0].per_second.back() / one.per_second.back());
    }
    std::printf("%2zu connections\n", connections);
    for (auto& one : peers) {
      auto ratio = median(one.ratios);
      std::printf(
          "  %-24s %8.0f/s %6.1f us CPU, ratio %.2f (%.2f to %.2f)\n", one.name,
          median(one.per_second), median(one.cpu_us), ratio, one.ratios.front(), one.ratios.back()
      );
    }
  }

  void replace_fakes() {
    auto stop = [](const auto& handle) {
      caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
    };
    for (auto& shard : node->limiters.all) stop(shard);
    stop(node->devices);
    limit_options limits;
    limits.default_ = 100'000;     // more than a run of one caller can do
    node->limiters.all.resize(1);  // one an I/O thread, as in a node
    node->limiters.all[0] = sys->spawn(limiter, limits, 1, tools.numbers);
    node->devices = sys->spawn([p = seen](metered<devices_actor, metered_devices_state>* self) {
      return fake_devices(self, p);
    });
  }

  caller next_caller() {
    auto number = ++callers_;
    auto name = "caller-" + std::to_string(number);
    add_user(name, "admin");
    return {
        net::ip::address_v4{0x7f000100u + number},
        "GET /api/v1/devices/tank-1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
            token(name) + "\r\nAccept: application/json\r\n\r\n"};
  }

  static std::string one_answer(std::uint16_t port, const caller& who) {
    net::io_context io;
    tcp::socket socket{io};
    socket.connect({net::ip::address_v4::loopback(), port});
    net::write(socket, net::buffer(who.request));
    std::string answer;
    while (answer_size(answer) == 0) {
      char bytes[4096];
      answer.append(bytes, socket.read_some(net::buffer(bytes)));
    }
    return answer;
  }

  std::uint32_t callers_ = 0;
};

}  // namespace
}  // namespace stellwerk::gateway

int main() {
  stellwerk::gateway::http_bench{}.TestBody();
  return 0;
}
