#include "nodes/sim/modbus_port.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>

namespace stellwerk::sim {

using net::ip::tcp;

namespace {

constexpr auto quietly = net::as_tuple(net::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{100};  // after EMFILE and the like

}  // namespace

struct modbus_port::connection {
  explicit connection(tcp::socket s) : socket(std::move(s)), timer(socket.get_executor()) {}

  void reset() {
    boost::system::error_code ignored;
    timer.cancel();
    socket.set_option(net::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
  }

  tcp::socket socket;
  net::steady_timer timer;
  std::array<std::uint8_t, 4096> received{};
  std::size_t filled = 0;
};

modbus_port::modbus_port(
    net::io_context& io, tcp::endpoint at, std::uint16_t units, std::uint32_t seed, write_log& log
)
    : io_(io), at_(at), acceptor_(io), log_(log) {
  for (unsigned id = 1; id <= units; ++id)
    units_.push_back({.id = static_cast<std::uint8_t>(id), .unit = modbus_unit(seed + id)});
  if (auto error = listen())
    throw boost::system::system_error(error, "modbus port " + std::to_string(at.port()));
  at_ = acceptor_.local_endpoint();
}

served_unit* modbus_port::find(std::uint8_t unit) {
  return unit >= 1 && unit <= units_.size() ? &units_[unit - 1u] : nullptr;
}

boost::system::error_code modbus_port::listen() {
  boost::system::error_code error;
  if (listening()) return error;
  acceptor_.open(at_.protocol(), error);
  if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(at_, error);
  if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
  if (error) {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    return error;
  }
  net::co_spawn(io_, accept(++generation_), net::detached);
  return error;
}

void modbus_port::refuse() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (auto& peer : connections_) peer->reset();
}

void modbus_port::advance() {
  auto now = since_start();
  for (auto& served : units_) served.unit.advance_to(now);
}

net::awaitable<void> modbus_port::accept(std::uint64_t generation) {
  net::steady_timer pause(io_);
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(quietly);
    if (!listening() || generation != generation_) co_return;
    if (error) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(quietly);
      if (!listening() || generation != generation_) co_return;
      continue;
    }
    if (connections_.size() >= connections_max) continue;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto peer = std::make_shared<connection>(std::move(socket));
    connections_.insert(peer);
    net::co_spawn(io_, serve(peer), [this, peer](std::exception_ptr failure) {
      connections_.erase(peer);
      if (failure) std::rethrow_exception(failure);  // the write log: ends the process
    });
  }
}

net::awaitable<void> modbus_port::serve(peer_ptr peer) {
  auto& in = peer->received;
  for (;;) {
    auto room = net::buffer(in.data() + peer->filled, in.size() - peer->filled);
    auto [error, count] = co_await peer->socket.async_read_some(room, quietly);
    if (error) co_return;
    peer->filled += count;
    std::size_t used = 0;
    for (;;) {
      auto cut = first_frame(std::span(in).subspan(used, peer->filled - used));
      if (cut.state == frame_state::incomplete) break;
      if (cut.state == frame_state::wrong || !peer->socket.is_open()) co_return;
      auto goes_on = co_await answer(*peer, cut.frame);
      if (!goes_on) co_return;
      used += cut.bytes;
    }
    std::copy(in.begin() + used, in.begin() + peer->filled, in.begin());
    peer->filled -= used;
  }
}

net::awaitable<bool> modbus_port::answer(connection& peer, modbus_frame asked) {
  auto* served = find(asked.unit);
  auto wrong = served != nullptr ? served->wrong : fault{};
  if (served != nullptr) ++served->requests;
  if (wrong.kind == fault_kind::reset) peer.reset();
  if (wrong.kind == fault_kind::reset) co_return false;
  if (wrong.kind == fault_kind::late && is_write(asked.pdu)) {
    peer.timer.expires_after(std::chrono::milliseconds(wrong.delay_ms));
    co_await peer.timer.async_wait(quietly);
    if (peer.socket.is_open()) carry_out(*served, asked.pdu);
    co_return true;
  }
  if (wrong.kind == fault_kind::late) wrong = {};

  pdu_bytes pdu;
  if (served == nullptr)
    pdu = refusal(asked.pdu[0], static_cast<std::uint8_t>(modbus_exception::no_such_unit));
  else if (wrong.kind == fault_kind::exception)
    pdu = refusal(asked.pdu[0], wrong.code);
  else if (wrong.row().carries_out)
    pdu = carry_out(*served, asked.pdu);
  if (wrong.kind == fault_kind::silent || wrong.kind == fault_kind::lost_answer) co_return true;

  modbus_frame reply{asked.transaction, asked.unit, pdu};
  auto bytes = to_bytes(reply);
  spoil(wrong.kind, bytes);
  co_return co_await send(peer, std::move(bytes), wrong);
}

net::awaitable<bool> modbus_port::send(
    connection& peer, std::vector<std::uint8_t> bytes, fault wrong
) {
  auto piece = wrong.kind == fault_kind::drip ? 1 : bytes.size();
  for (std::size_t sent = 0; sent < bytes.size(); sent += piece) {
    if (wrong.delay_ms != 0) {
      peer.timer.expires_after(std::chrono::milliseconds(wrong.delay_ms));
      co_await peer.timer.async_wait(quietly);
    }
    auto part = net::buffer(bytes.data() + sent, piece);
    auto [error, count] = co_await net::async_write(peer.socket, part, quietly);
    if (error) co_return false;
  }
  co_return true;
}

pdu_bytes modbus_port::carry_out(served_unit& served, std::span<const std::uint8_t> pdu) {
  served.unit.advance_to(since_start());
  auto [answer, written] = served.unit.answer(pdu);
  if (written) {
    ++served.writes;
    log_.append(number(), served.id, *written);
  }
  return std::move(answer);
}

std::chrono::milliseconds modbus_port::since_start() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started_
  );
}

}  // namespace stellwerk::sim
