#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "nodes/sim/modbus_server.hpp"

namespace stellwerk {

namespace net = boost::asio;

/// A simulated plant on a port of its own, served by a thread of its own.
class modbus_plant {
 public:
  explicit modbus_plant(std::uint16_t units)
      : server_(io_, {.port = 0, .ports = 1, .units = units}, log_) {}
  ~modbus_plant() {
    io_.stop();
    thread_.join();
  }

  std::uint16_t number() { return number_; }

  template <class F>
  auto run(F what) {
    std::packaged_task<decltype(what())()> task(std::move(what));
    auto result = task.get_future();
    net::post(io_, std::move(task));
    return result.get();
  }

  void set_fault(std::uint8_t unit, sim::fault_kind kind, std::uint16_t delay_ms = 0) {
    run([&] { server_.set_fault({}, unit, {kind, delay_ms, 4}); });
  }
  void refuse() {
    run([&] { port().refuse(); });
  }
  void listen() {
    run([&] { port().listen(); });
  }
  std::uint64_t requests(std::uint8_t unit) {
    return run([&] { return port().find(unit)->requests; });
  }
  std::uint64_t writes() {
    return run([&] { return log_.last(); });
  }

 private:
  sim::modbus_port& port() { return *server_.ports().front(); }

  net::io_context io_{1};
  sim::write_log log_{""};
  sim::modbus_server server_;
  std::uint16_t number_ = port().number();
  std::thread thread_{[this] { io_.run(); }};
};

/// A server that answers each request with the bytes it is told, and may end the connection then.
class hostile_server {
 public:
  using bytes = std::vector<std::uint8_t>;
  struct answer {
    bytes data;
    enum { keep, finish, reset } then = keep;
  };
  using script = std::function<answer(const bytes& request)>;

  explicit hostile_server(script says) : says_(std::move(says)) {}
  ~hostile_server() {
    net::post(io_, [this] { io_.stop(); });
    thread_.join();
  }

  std::uint16_t number() const { return number_; }

 private:
  using tcp = net::ip::tcp;
  struct peer {
    explicit peer(tcp::socket s) : socket(std::move(s)) {}
    tcp::socket socket;
    bytes request = bytes(260);
  };

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      socket.set_option(tcp::no_delay(true));
      serve(std::make_shared<peer>(std::move(socket)));
      accept();
    });
  }

  void serve(std::shared_ptr<peer> p) {
    p->socket.async_read_some(
        net::buffer(p->request),
        [this, p](boost::system::error_code error, std::size_t count) {
          if (error) return;
          auto said = says_({p->request.begin(), p->request.begin() + static_cast<long>(count)});
          boost::system::error_code ignored;
          net::write(p->socket, net::buffer(said.data), ignored);
          if (said.then == answer::reset) p->socket.set_option(net::socket_base::linger(true, 0));
          if (said.then != answer::keep) return p->socket.close();
          serve(p);
        }
    );
  }

  script says_;
  net::io_context io_{1};
  tcp::acceptor acceptor_{io_, {net::ip::address_v4::loopback(), 0}};
  std::uint16_t number_ = acceptor_.local_endpoint().port();
  std::thread thread_{[this] {
    accept();  // here, since without work `run` returns at once
    io_.run();
  }};
};

}  // namespace stellwerk
