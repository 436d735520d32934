#include "gateway/listener.hpp"

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <stdexcept>

#include "actors/access/address.hpp"
#include "gateway/session.hpp"

namespace stellwerk::gateway {

namespace {

using error_code = boost::system::error_code;
constexpr std::chrono::milliseconds pause_without_descriptors{100};

std::string text_of(const tcp::endpoint& at) {
  auto address = at.address().to_string();
  if (at.address().is_v6()) address = '[' + address + ']';
  return address + ':' + std::to_string(at.port());
}

/// The address as people write it: IPv4 also where it came in through an IPv6 socket.
std::string peer_of(const transport::socket_type& socket) {
  error_code ec;
  auto at = socket.remote_endpoint(ec).address();
  if (at.is_v6() && at.to_v6().is_v4_mapped())
    return net::ip::make_address_v4(net::ip::v4_mapped, at.to_v6()).to_string();
  return ec ? std::string{} : at.to_string();
}

}  // namespace

bool connection_counts::enter(const std::string& address) {
  std::lock_guard lock{gate_};
  if (all_ >= all_max_) return false;
  auto& mine = each_[address];
  if (mine >= each_max_) return false;
  ++mine;
  ++all_;
  return true;
}

void connection_counts::leave(const std::string& address) {
  std::lock_guard lock{gate_};
  auto mine = each_.find(address);
  if (mine == each_.end()) return;
  if (--mine->second == 0) each_.erase(mine);
  --all_;
}

/// Without SO_REUSEPORT, so that a second server does not quietly share our port.
bound_address::bound_address(tcp::endpoint at) {
  net::io_context io;
  tcp::acceptor probe{io};
  try {
    probe.open(at.protocol());
    probe.set_option(tcp::acceptor::reuse_address{true});
    if (at.protocol() == tcp::v6()) probe.set_option(net::ip::v6_only{true});
    probe.bind(at);
    probe.listen(1);
    endpoint_ = probe.local_endpoint();
  } catch (const boost::system::system_error& why) {
    throw std::runtime_error("cannot listen at " + text_of(at) + ": " + why.code().message());
  }
}

struct listener::connections {
  boost::intrusive::list<session, boost::intrusive::constant_time_size<false>> all;
};

listener::listener(
    net::io_context& io, const bound_address& at, net::ssl::context* tls, session_surroundings& all,
    connection_counts& counts
)
    : io_(io),
      acceptor_(io.get_executor()),
      pause_(io),
      tls_(tls),
      all_(all),
      counts_(counts),
      open_(std::make_unique<connections>()) {
  auto where = at.endpoint();
  acceptor_.open(where.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address{true});
  int on = 1;  // each thread has its own listener at the same port: no hand-over of sockets
  ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (where.protocol() == tcp::v6()) acceptor_.set_option(net::ip::v6_only{true});
  acceptor_.bind(where);
  acceptor_.listen();
}

/// Sessions that the io_context still holds outlive the list.
listener::~listener() { open_->all.clear(); }

void listener::start() { net::co_spawn(io_, accept(), net::detached); }

void listener::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (auto& one : open_->all) one.stop();
}

void listener::end_all() {
  for (auto& one : open_->all) one.end();
}

std::size_t listener::open_count() const { return open_->all.size(); }

net::awaitable<void> listener::accept() {
  while (acceptor_.is_open()) {
    error_code ec;
    auto token = net::redirect_error(net::use_awaitable, ec);
    auto accepted = co_await acceptor_.async_accept(io_.get_executor(), token);
    if (!ec) {
      net::co_spawn(io_, serve(std::move(accepted)), net::detached);
    } else if (ec != net::error::operation_aborted && ec != net::error::connection_aborted) {
      pause_.expires_after(pause_without_descriptors);
      co_await pause_.async_wait(token);
    }
  }
}

net::awaitable<void> listener::serve(transport::socket_type socket) {
  auto peer = peer_of(socket);
  auto key = limit_key(peer);
  if (!counts_.enter(key)) {
    all_.tools.numbers->connections_refused.Increment();
    co_return;
  }
  struct counted {  // whatever ends the coroutine
    connection_counts& counts;
    gauge& level;
    const std::string& key;
    ~counted() {
      counts.leave(key);
      level.Decrement();
    }
  } leaves{counts_, all_.tools.numbers->connections_open, key};
  leaves.level.Increment();
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  session mine{std::move(socket), tls_, peer, all_};
  open_->all.push_back(mine);
  co_await mine.run();
}

}  // namespace stellwerk::gateway
