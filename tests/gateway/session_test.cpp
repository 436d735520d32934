#include "gateway/session.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

namespace stellwerk::gateway {
namespace {

using namespace std::chrono_literals;

/// One session on an I/O thread that the test itself is: it runs handler by handler.
class session_test : public testing::Test {
 protected:
  void SetUp() override {
    tcp::acceptor acceptor{io, {net::ip::address_v4::loopback(), 0}};
    client.connect(acceptor.local_endpoint());
    transport::socket_type served{io};
    acceptor.accept(served);
    all.handle = [this](const http_request&) -> head_verdict {
      ++judged;
      return http_answer{.type = "text/plain", .body = body};
    };
    one.emplace(std::move(served), nullptr, "127.0.0.1", all);
    net::co_spawn(io, one->run(), net::detached);
    client.non_blocking(true);
  }
  void TearDown() override {
    one->end();
    all_deadlines.close();
    io.run_for(1s);
  }

  static std::string requests(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    return all;
  }
  std::size_t read_some(std::string& into) {
    char bytes[16 * 1024];
    boost::system::error_code ec;
    auto got = client.read_some(net::buffer(bytes), ec);
    into.append(bytes, got);
    return got;
  }

  net::io_context io{1};
  deadlines all_deadlines{io};
  wall_clock now = [] { return wall_time{}; };
  answer_writer writer{now};
  request_ids ids;
  metrics_ptr numbers = std::make_shared<metrics>();
  instruments tools{numbers, std::make_shared<log>(numbers, now, severity::error), now};
  session_surroundings all{{}, tools, {}, all_deadlines, writer, ids};
  tcp::socket client{io};
  std::optional<session> one;
  std::string body = "ok";
  int judged = 0;
};

TEST_F(session_test, lets_others_in_between_the_requests_of_one_that_sends_many_at_once) {
  net::write(client, net::buffer(requests(100)));
  for (int handlers = 0; judged < 100; ++handlers) {
    ASSERT_LT(handlers, 1'000);
    auto before = judged;
    io.run_one_for(5s);
    ASSERT_LE(judged - before, 1);
  }
}

TEST_F(session_test, sends_what_the_socket_does_not_take_at_once_and_goes_on) {
  body.clear();
  for (int i = 0; body.size() < 8'000'000; ++i) body += std::to_string(i) + ' ';
  net::write(client, net::buffer(requests(2)));
  std::string received;
  auto whole = [&] { return received.ends_with(body) && received.size() > 2 * body.size(); };
  for (int rounds = 0; !whole(); ++rounds) {
    ASSERT_LT(rounds, 1'000'000);
    io.poll();
    read_some(received);
  }
  auto first = received.find("\r\n\r\n") + 4;
  EXPECT_EQ(received.compare(first, body.size(), body), 0);
  EXPECT_EQ(received.compare(first + body.size(), 15, "HTTP/1.1 200 OK"), 0);
}

}  // namespace
}  // namespace stellwerk::gateway
