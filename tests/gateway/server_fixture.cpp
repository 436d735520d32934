#include "tests/gateway/server_fixture.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/write.hpp>
#include <cstdlib>

namespace stellwerk::gateway {

void server_fixture::SetUp() {
  options.listen = {"http://127.0.0.1:0"};
  options.io_threads = 1;
  times.session.stopping = 500ms;
  start_server();
}

void server_fixture::TearDown() {
  http.reset();
  gateway_fixture::TearDown();
}

void server_fixture::start_server() {
  http.reset();
  http.emplace(options, tls, *node, times);
  node->health->stopping = false;
  http->start();
}

std::string server_fixture::exchange(std::string_view bytes) {
  auto one = connect();
  one.send(bytes);
  return one.read_all();
}

server_fixture::client::client(std::uint16_t port) {
  socket.connect({net::ip::address_v4::loopback(), port});
  timeval limit{10, 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

void server_fixture::client::send(std::string_view bytes) {
  boost::system::error_code ignored;  // the server may close in the middle: that is its answer
  net::write(socket, net::buffer(bytes.data(), bytes.size()), ignored);
}

std::string server_fixture::client::read_all() {
  char bytes[4096];
  for (;;) {
    auto got = ::recv(socket.native_handle(), bytes, sizeof bytes, 0);
    EXPECT_FALSE(got < 0 && errno == EAGAIN) << "the server neither answers nor closes";
    if (got <= 0) return std::exchange(pending, {});
    pending.append(bytes, static_cast<std::size_t>(got));
  }
}

std::string server_fixture::client::read_answer() {
  char bytes[4096];
  for (;;) {
    auto end = pending.find("\r\n\r\n");
    if (end != pending.npos) {
      auto at = pending.find("Content-Length: ");
      auto length = at < end ? std::strtoul(pending.c_str() + at + 16, nullptr, 10) : 0;
      if (pending.size() >= end + 4 + length) {
        auto answer = pending.substr(0, end + 4 + length);
        pending.erase(0, answer.size());
        return answer;
      }
    }
    auto got = ::recv(socket.native_handle(), bytes, sizeof bytes, 0);
    if (got <= 0) return std::exchange(pending, {});
    pending.append(bytes, static_cast<std::size_t>(got));
  }
}

bool server_fixture::client::is_closed() {
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK) == 0;
}

int status_of_bytes(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
  return std::atoi(std::string{answer.substr(9, 3)}.c_str());
}

}  // namespace stellwerk::gateway
