#include "actors/field/modbus_line.hpp"

#include <modbus/modbus.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace stellwerk {

namespace {

using clock = std::chrono::steady_clock;

std::string words_of(int error) { return std::system_category().message(error); }

/// libmodbus refuses zero.
void set_timeout(modbus_t* context, std::chrono::milliseconds within) {
  auto us = std::max<std::int64_t>(std::chrono::microseconds{within}.count(), 1000);
  modbus_set_response_timeout(
      context, static_cast<std::uint32_t>(us / 1'000'000),
      static_cast<std::uint32_t>(us % 1'000'000)
  );
}

}  // namespace

void modbus_line::context_end::operator()(_modbus* context) const {
  modbus_close(context);
  modbus_free(context);
}

modbus_line::modbus_line(std::string host, std::uint16_t port, field_options options)
    : host_(std::move(host)), port_(port), options_(std::move(options)) {}
modbus_line::~modbus_line() = default;

void modbus_line::close() { context_.reset(); }

bool modbus_line::connected() {
  if (!context_) return false;
  std::uint8_t byte = 0;
  auto got = ::recv(modbus_get_socket(context_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
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
  line_answer said{line_fault::forbidden, false, "outside the allowed networks", {}, {}};
  for (auto& address : found.addresses) {
    auto ip = ip_from(address.substr(0, address.find('%')));
    if (!ip || !allowed_host(*ip, options_)) continue;
    auto left = std::chrono::duration_cast<milliseconds>(end - clock::now());
    if (left <= milliseconds::zero()) return said;
    said = connect_to(address, left);
    if (said.fault == line_fault::none) break;
  }
  return said;
}

line_answer modbus_line::connect_to(const std::string& address, milliseconds within) {
  auto service = std::to_string(port_);
  std::unique_ptr<_modbus, context_end> made{modbus_new_tcp_pi(address.c_str(), service.c_str())};
  if (!made) return {line_fault::unreachable, false, words_of(errno), {}, {}};
  set_timeout(made.get(), within);
  modbus_set_byte_timeout(made.get(), 0, 0);  // the response time-out covers the whole answer
  if (modbus_connect(made.get()) == -1) {
    // A connection that does not come about in time is said to be EINPROGRESS.
    auto error = errno == EINPROGRESS ? ETIMEDOUT : errno;
    auto fault = error == ECONNREFUSED ? line_fault::refused : line_fault::unreachable;
    return {fault, false, words_of(error), {}, {}};
  }
  context_ = std::move(made);
  return {};
}

/// By hand: modbus_send_raw_request gives every request the transaction id 0, so that a doubled
/// answer would be taken for the next one.
bool modbus_line::send(std::span<const std::uint8_t> frame, bool& went_out) {
  auto sent = ::send(modbus_get_socket(context_.get()), frame.data(), frame.size(), MSG_NOSIGNAL);
  went_out = sent > 0;
  return sent == static_cast<ssize_t>(frame.size());
}

line_answer modbus_line::ask(std::uint8_t unit, const pdu_bytes& pdu, milliseconds within) {
  auto start = clock::now();
  line_answer said;
  auto fail = [&](line_fault fault, std::string detail) {
    close();
    said.fault = fault;
    said.detail = std::move(detail);
    said.took = clock::now() - start;
    return said;
  };
  ++transaction_;
  if (!send(framed(transaction_, unit, pdu), said.sent))
    return fail(line_fault::closed, words_of(errno));
  set_timeout(context_.get(), within);
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> frame{};
  auto got = modbus_receive_confirmation(context_.get(), frame.data());
  if (got == -1) {
    auto error = errno;
    if (error == ETIMEDOUT) return fail(line_fault::timed_out, "no answer in time");
    if (error >= MODBUS_ENOBASE) return fail(line_fault::lying, "an answer that is no Modbus");
    return fail(line_fault::closed, words_of(error));
  }
  auto answer = unframed({frame.data(), static_cast<std::size_t>(got)}, transaction_, unit);
  if (answer.empty()) return fail(line_fault::lying, "an answer to something else");
  said.pdu.assign(answer.begin(), answer.end());
  said.took = clock::now() - start;
  return said;
}

}  // namespace stellwerk
