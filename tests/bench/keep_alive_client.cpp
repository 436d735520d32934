#include "tests/bench/keep_alive_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace stellwerk::bench {

keep_alive_client::keep_alive_client(std::string_view url) {
  auto colon = url.rfind(':');
  std::uint16_t port = 0;
  std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect to " + std::string{url});
}

keep_alive_client::~keep_alive_client() { close(socket_); }

void keep_alive_client::fill() {
  std::array<char, 65'536> part;
  auto got = recv(socket_, part.data(), part.size(), 0);
  if (got <= 0) throw std::runtime_error("the server closed the connection");
  in_.append(part.data(), static_cast<std::size_t>(got));
}

keep_alive_client::reply keep_alive_client::ask(
    std::string_view method, std::string_view path, std::string_view fields, std::string_view body
) {
  out_.clear();
  out_.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
  out_.append(fields);
  if (!body.empty())
    out_.append("Content-Type: application/json\r\nContent-Length: ")
        .append(std::to_string(body.size()))
        .append("\r\n");
  out_.append("\r\n").append(body);
  for (std::string_view rest = out_; !rest.empty();) {
    auto sent = send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("the server closed the connection");
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  in_.clear();
  auto end = in_.npos;
  while ((end = in_.find("\r\n\r\n")) == in_.npos) fill();
  std::size_t length = 0;
  constexpr std::string_view name = "\r\nContent-Length: ";
  if (auto at = in_.find(name); at < end)
    std::from_chars(in_.data() + at + name.size(), in_.data() + end, length);
  while (in_.size() < end + 4 + length) fill();
  int status = 0;
  std::from_chars(in_.data() + 9, in_.data() + 12, status);
  return {status, std::string_view{in_}.substr(end + 4, length)};
}

}  // namespace stellwerk::bench
