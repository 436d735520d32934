#include <gtest/gtest.h>
#include <modbus/modbus.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <thread>

#include "actors/field/modbus_line.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::uint16_t>;

/// libmodbus as the server, for one connection: 200 of each kind.
class libmodbus_server {
 public:
  libmodbus_server() : thread_{[this] { serve(); }} {}
  ~libmodbus_server() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }

  std::uint16_t number() const {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
  }

 private:
  void serve() {
    auto listening = socket_;
    if (modbus_tcp_accept(context_.get(), &listening) == -1) return;
    std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> asked{};
    for (;;) {
      auto size = modbus_receive(context_.get(), asked.data());
      if (size == -1) return;
      modbus_reply(context_.get(), asked.data(), size, mapping_.get());
    }
  }

  std::unique_ptr<modbus_t, void (*)(modbus_t*)> context_{
      modbus_new_tcp("127.0.0.1", 0), [](modbus_t* context) {
        modbus_close(context);
        modbus_free(context);
      }};
  std::unique_ptr<modbus_mapping_t, void (*)(modbus_mapping_t*)> mapping_{
      modbus_mapping_new(200, 200, 200, 200), modbus_mapping_free};
  int socket_ = modbus_tcp_listen(context_.get(), 1);
  std::thread thread_;
};

struct modbus_peer : testing::Test {
  void write(register_table table, const words& what) {
    auto pdu = write_pdu(table, 7, what);
    auto said = line.ask(1, pdu, 10s);
    EXPECT_TRUE(std::holds_alternative<acknowledged>(parse_write(said.pdu, pdu))) << said.detail;
  }
  read_answer read(register_table table, std::uint16_t first, std::uint16_t count) {
    auto said = line.ask(1, read_pdu(table, first, count), 10s);
    return parse_read(said.pdu, {table, first, count, {}});
  }

  libmodbus_server server;
  modbus_line line{"127.0.0.1", server.number(), {}};
};

TEST_F(modbus_peer, speaks_as_libmodbus_does) {
  ASSERT_EQ(line.connect(10s).fault, line_fault::none);
  words numbers(123);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint16_t>(i * 521);
  for (auto& what : {numbers, words{42}}) {
    write(register_table::holding, what);
    auto size = static_cast<std::uint16_t>(what.size());
    EXPECT_EQ(std::get<words>(read(register_table::holding, 7, size)), what);
  }
  write(register_table::coil, {1});
  EXPECT_EQ(std::get<words>(read(register_table::coil, 6, 3)), (words{0, 1, 0}));
  EXPECT_EQ(std::get<words>(read(register_table::input, 0, 125)), words(125));
  EXPECT_EQ(std::get<words>(read(register_table::discrete, 0, 199)), words(199));
  auto beyond = read(register_table::holding, 150, 100);
  ASSERT_TRUE(std::holds_alternative<modbus_exception>(beyond));
  EXPECT_EQ(std::get<modbus_exception>(beyond).code, 2);
}

}  // namespace
}  // namespace stellwerk
