#include "actors/field/modbus_line.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace stellwerk {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto trusted_for = 100ms;

std::string words_of(int error) { return std::system_category().message(error); }

/// By poll, since select knows no descriptor from 1,024 on. False when the time is over, or `kick`
/// can be read.
bool ready(int socket, short events, clock::time_point end, int kick = -1) {
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
    if (left <= 0ms) return false;
    std::array<pollfd, 2> waits{{{socket, events, 0}, {kick, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), static_cast<int>(left.count())) > 0)
      return waits[0].revents != 0;
  }
}

}  // namespace

line_kick::line_kick() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
line_kick::~line_kick() {
  if (event_ != -1) ::close(event_);
}
void line_kick::kick() { ::eventfd_write(event_, 1); }
void line_kick::forget() {
  eventfd_t count = 0;
  ::eventfd_read(event_, &count);
}

modbus_line::modbus_line(std::string host, std::uint16_t port, field_options options)
    : host_(std::move(host)), port_(port), options_(std::move(options)) {}

void modbus_line::close() {
  if (socket_ != -1) ::close(std::exchange(socket_, -1));
}

bool modbus_line::connected() {
  return socket_ != -1 && (clock::now() - used_ < trusted_for || alive());
}

bool modbus_line::alive() {
  if (socket_ == -1) return false;
  std::uint8_t byte = 0;
  auto got = ::recv(socket_, &byte, 1, MSG_PEEK);
  if (got == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
  close();
  return false;
}

line_answer modbus_line::connect(milliseconds within) {
  close();
  auto end = clock::now() + within;
  auto found = lookup_.resolve(host_, within);
  if (found.addresses.empty())
    return {line_fault::unreachable, false, std::move(found.why), {}, {}};
  failure said{line_fault::forbidden, "outside the allowed networks"};
  for (auto& address : found.addresses) {
    auto ip = ip_from(address.substr(0, address.find('%')));
    if (!ip || !allowed_host(*ip, options_)) continue;
    said = connect_to(address, end);  // also without any time left: it then says so
    if (said.fault == line_fault::none) break;
  }
  return {said.fault, false, std::move(said.detail), {}, {}};
}

modbus_line::failure modbus_line::connect_to(const std::string& address, moment end) {
  auto unreachable = [&](int error) {
    close();
    auto fault = error == ECONNREFUSED ? line_fault::refused : line_fault::unreachable;
    return failure{fault, words_of(error)};
  };
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port_).c_str(), &hints, &list) != 0)
    return unreachable(EADDRNOTAVAIL);
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> to{list, ::freeaddrinfo};
  socket_ = ::socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ == -1) return unreachable(errno);
  int error = 1;
  socklen_t size = sizeof error;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &error, size);
  if (::connect(socket_, to->ai_addr, to->ai_addrlen) == -1) {
    if (errno != EINPROGRESS) return unreachable(errno);
    if (!ready(socket_, POLLOUT, end)) return unreachable(ETIMEDOUT);
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return unreachable(error);
  }
  used_ = clock::now();
  return {};
}

line_answer modbus_line::ask(
    std::uint8_t unit, std::span<const std::uint8_t> pdu, answer_wait within,
    const std::function<void()>& meanwhile
) {
  auto start = clock::now();
  line_answer said;
  frame_buffer buffer;
  auto frame = framed(buffer, ++transaction_, unit, pdu);
  auto sent = ::send(socket_, frame.data(), frame.size(), MSG_NOSIGNAL);
  said.sent = sent > 0;
  auto error = errno;
  if (meanwhile) meanwhile();
  auto failed = sent == static_cast<ssize_t>(frame.size())
                    ? receive(unit, said, start, within)
                    : failure{line_fault::closed, words_of(error)};
  used_ = clock::now();
  said.took = used_ - start;
  said.fault = failed.fault;
  said.detail = std::move(failed.detail);
  if (said.fault != line_fault::none) close();
  return said;
}

modbus_line::failure modbus_line::receive(
    std::uint8_t unit, line_answer& said, moment start, const answer_wait& within
) {
  std::size_t filled = 0;
  for (;;) {
    if (!ready(socket_, POLLIN, start + within.sure) &&
        !ready(socket_, POLLIN, start + within.most, kick_))
      return {line_fault::timed_out, "no answer in time"};
    auto got = ::recv(socket_, received_.data() + filled, received_.size() - filled, 0);
    if (got == 0) return {line_fault::closed, "the other side ended the connection"};
    if (got == -1 && errno != EAGAIN && errno != EINTR)
      return {line_fault::closed, words_of(errno)};
    filled += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    std::span frame{received_.data(), filled};
    auto whole = frame_size(frame);
    if (!whole) return {line_fault::lying, "an answer that is no Modbus"};
    if (filled < *whole) continue;
    said.pdu = unframed(frame, transaction_, unit);
    if (said.pdu.empty()) return {line_fault::lying, "an answer to something else"};
    return {};
  }
}

}  // namespace stellwerk
