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
      return http_answer{.type = "text/plain", .body = body, .more = more};
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
  body_source more;
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

/// The body of a session's answer, in pieces.
class pieces_test : public session_test {
 protected:
  void SetUp() override {
    session_test::SetUp();
    body.clear();
    more = [this]() -> net::awaitable<std::optional<std::string>> {
      ++asked;
      if (left == 0) co_return breaks ? std::nullopt : std::optional{std::string{}};
      --left;
      co_return std::string(piece_bytes, 'x');
    };
  }
  /// Until the connection ends or `end` was received.
  std::string answer_to(const std::string& request, std::string_view end) {
    net::write(client, net::buffer(request));
    std::string received;
    for (int rounds = 0; rounds < 100'000 && !received.ends_with(end); ++rounds) {
      io.poll();
      boost::system::error_code ec;
      char bytes[16 * 1024];
      auto got = client.read_some(net::buffer(bytes), ec);
      received.append(bytes, got);
      if (ec == net::error::eof || ec == net::error::connection_reset) break;
    }
    return received;
  }

  int left = 2;
  int asked = 0;
  bool breaks = false;
  std::size_t piece_bytes = 26;
};

TEST_F(pieces_test, are_sent_as_chunks_and_the_connection_lives) {
  for (int i = 0; i < 2; ++i) {
    left = 2;
    auto received = answer_to(requests(1), "0\r\n\r\n");
    EXPECT_NE(received.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(received.find("Content-Length"), std::string::npos);
    auto x = std::string(26, 'x');
    EXPECT_TRUE(received.ends_with("\r\n\r\n1a\r\n" + x + "\r\n1a\r\n" + x + "\r\n0\r\n\r\n"));
  }
}

TEST_F(pieces_test, end_without_the_last_chunk_if_one_cannot_be_made) {
  breaks = true;
  auto received = answer_to(requests(1), "never");
  EXPECT_TRUE(received.ends_with("xx\r\n")) << received;
}

TEST_F(pieces_test, end_with_the_connection_for_old_clients) {
  auto received = answer_to("GET / HTTP/1.0\r\nHost: a\r\n\r\n", "never");
  EXPECT_EQ(received.find("Transfer-Encoding"), std::string::npos);
  EXPECT_TRUE(received.ends_with("\r\n\r\n" + std::string(52, 'x'))) << received;
}

TEST_F(pieces_test, are_not_made_for_head) {
  auto received = answer_to("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\n");
  EXPECT_NE(received.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(asked, 0);
}

TEST_F(pieces_test, are_made_no_faster_than_they_are_taken) {
  left = 1'000'000;
  piece_bytes = 1 << 20;
  net::write(client, net::buffer(requests(1)));
  for (int idle = 0; idle < 10; ++idle)
    if (io.poll() > 0) idle = 0;
  EXPECT_LT(asked, 64) << "the peer reads nothing";
  auto before = asked;
  client.close();
  io.poll();
  EXPECT_LE(asked, before + 1) << "the peer has left";
}

}  // namespace
}  // namespace stellwerk::gateway
