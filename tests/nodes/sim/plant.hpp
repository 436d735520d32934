#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <initializer_list>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nodes/sim/control.hpp"
#include "nodes/sim/modbus_server.hpp"

namespace stellwerk::sim {

using tcp = net::ip::tcp;
using bytes = std::vector<std::uint8_t>;

/// A client's end of a connection. Where nothing comes for ten seconds, the test fails.
class client {
 public:
  explicit client(std::uint16_t port) : socket_(io_) {
    socket_.connect({net::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay(true));
  }

  void send(const bytes& data) { net::write(socket_, net::buffer(data)); }
  void send(const std::string& text) { net::write(socket_, net::buffer(text)); }

  /// `count` bytes, or what came before the end.
  bytes receive(std::size_t count) {
    bytes data(count);
    data.resize(receive_into(net::buffer(data)));
    return data;
  }

  std::string receive_all() {
    std::string text;
    receive_into(net::dynamic_buffer(text));
    return text;
  }

  bytes ask(const bytes& request, std::size_t answer_bytes) {
    send(request);
    return receive(answer_bytes);
  }

  /// How the other end ended it: `eof` or `connection_reset`.
  boost::system::error_code end() {
    receive(1);
    return ended_by_;
  }

 private:
  template <class Buffer>
  std::size_t receive_into(Buffer buffer) {
    std::size_t received = 0;
    net::async_read(socket_, buffer, [&](boost::system::error_code error, std::size_t count) {
      ended_by_ = error;
      received = count;
    });
    io_.restart();
    io_.run_for(std::chrono::seconds(10));
    if (!io_.stopped()) {
      ADD_FAILURE() << "nothing came for ten seconds";
      socket_.close();
      io_.run();
    }
    return received;
  }

  net::io_context io_;
  tcp::socket socket_;
  boost::system::error_code ended_by_;
};

/// A request frame.
inline bytes frame(std::uint8_t transaction, std::uint8_t unit, std::initializer_list<int> pdu) {
  bytes data{0, transaction, 0, 0, 0, static_cast<std::uint8_t>(pdu.size() + 1), unit};
  for (auto byte : pdu) data.push_back(static_cast<std::uint8_t>(byte));
  return data;
}

/// Reads the setpoint; the answer has eleven bytes.
inline bytes read_setpoint(std::uint8_t transaction, std::uint8_t unit = 1) {
  return frame(transaction, unit, {3, 0, 0, 0, 1});
}
inline bytes setpoint_is(std::uint8_t transaction, std::uint8_t unit, int value) {
  return frame(transaction, unit, {3, 2, value >> 8, value & 0xFF});
}
inline bytes write_setpoint(std::uint8_t transaction, std::uint8_t unit, int value) {
  return frame(transaction, unit, {6, 0, 0, value >> 8, value & 0xFF});
}

/// Two ports with two units each, and the control, served by a thread of their own.
class plant_test : public testing::Test {
 protected:
  ~plant_test() override {
    io.stop();
    thread.join();
  }

  /// Runs `what` on the plant's thread.
  template <class F>
  auto on_plant(F what) {
    std::packaged_task<decltype(what())()> task(std::move(what));
    auto result = task.get_future();
    net::post(io, std::move(task));
    return result.get();
  }

  modbus_port& port() { return *server.ports().front(); }
  std::uint16_t number() { return port().number(); }

  void set_fault(fault wrong, std::uint8_t unit = 1) {
    on_plant([&] { ASSERT_TRUE(server.set_fault(number(), unit, wrong)); });
  }

  net::io_context io{1};
  write_log log{""};
  modbus_server server{io, {.port = 0, .ports = 2, .units = 2}, log};
  control http{io, {net::ip::address_v4::loopback(), 0}, server, log};
  std::thread thread{[this] { io.run(); }};
};

}  // namespace stellwerk::sim
