// Raw bytes against the real server on loopback.

#include <thread>

#include "tests/gateway/server_fixture.hpp"

namespace stellwerk::gateway {
namespace {

class server_test : public server_fixture {
 protected:
  std::string get(std::string_view target, std::string_view fields = "") {
    std::string made{"GET "};
    made += target;
    made += " HTTP/1.1\r\nHost: localhost\r\n";
    made += fields;
    return made + "\r\n";
  }
  std::string post(std::string_view target, std::string_view fields, std::string_view body) {
    auto made =
        "POST " + std::string{target} + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ";
    made += token("ada") + "\r\nContent-Type: application/json\r\n";
    return made + std::string{fields} + "\r\n" + std::string{body};
  }
  std::string length(std::size_t n) { return "Content-Length: " + std::to_string(n) + "\r\n"; }
};

TEST_F(server_test, answers_health_and_keeps_the_connection) {
  auto one = connect();
  for (int i = 0; i < 3; ++i) {
    one.send(get("/health"));
    auto answer = one.read_answer();
    EXPECT_EQ(status_of_bytes(answer), 200);
    EXPECT_NE(answer.find(R"("status":"ok")"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
  }
}

TEST_F(server_test, gives_every_answer_its_fields) {
  for (auto& bytes :
       {get("/health", "Connection: close\r\n"), get("/nowhere", "Connection: close\r\n"),
        get("/", "Connection: close\r\n"), get("/api/v1/devices", "Connection: close\r\n"),
        std::string{"bad\r\n\r\n"}}) {
    auto answer = exchange(bytes);
    for (auto* field :
         {"X-Content-Type-Options: nosniff", "X-Frame-Options: SAMEORIGIN",
          "X-XSS-Protection: 1; mode=block", "Referrer-Policy: no-referrer",
          "Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'none'; "
          "frame-ancestors 'self'",
          "Cross-Origin-Opener-Policy: same-origin", "Cross-Origin-Resource-Policy: same-origin",
          "Permissions-Policy: camera=()", "Vary: Origin", "Date: Fri, 15 Jan 2027 08:00:00 GMT",
          "X-Request-ID: ", "Connection: close", "Content-Length: "})
      EXPECT_NE(answer.find(field), std::string::npos) << field << " in " << answer;
    EXPECT_EQ(answer.find("Strict-Transport-Security"), std::string::npos);
  }
}

TEST_F(server_test, answers_pipelined_requests_in_order) {
  auto one = connect();
  one.send(get("/health/live") + get("/nowhere") + get("/health/ready") + get("/api/v1/devices"));
  EXPECT_EQ(status_of_bytes(one.read_answer()), 200);
  EXPECT_EQ(status_of_bytes(one.read_answer()), 404);
  EXPECT_EQ(status_of_bytes(one.read_answer()), 200);
  EXPECT_EQ(status_of_bytes(one.read_answer()), 401);
}

TEST_F(server_test, answers_a_request_that_comes_byte_by_byte) {
  auto one = connect();
  auto body = std::string{R"({"name":"a","driver":"external"})"};
  for (char c : "\r\n" + post("/api/v1/devices", length(body.size()), body)) one.send({&c, 1});
  auto answer = one.read_answer();
  EXPECT_EQ(status_of_bytes(answer), 201) << answer;
  EXPECT_NE(answer.find("Location: /api/v1/devices/dev-1\r\n"), std::string::npos);
  EXPECT_NE(answer.find("ETag: \"7\"\r\n"), std::string::npos);
}

TEST_F(server_test, answers_head_without_a_body) {
  auto one = connect();
  one.send("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n");
  one.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  auto answers = one.read_all();
  EXPECT_EQ(status_of_bytes(answers), 421) << answers;
  EXPECT_NE(answers.find("200 OK"), std::string::npos);
  EXPECT_TRUE(answers.ends_with("\r\n\r\n"));
}

TEST_F(server_test, reads_chunks) {
  auto one = connect();
  auto chunks =
      "9;ext=1\r\n{\"name\":\"\r\n10\r\na\",\"driver\":\"ext\r\n8\r\nernal\"} \r\n0\r\n"
      "X-Trailer: no\r\n\r\n";
  one.send(post("/api/v1/devices", "Transfer-Encoding: chunked\r\n", chunks));
  auto answer = one.read_answer();
  EXPECT_EQ(status_of_bytes(answer), 201) << answer;
  one.send(get("/health"));
  EXPECT_EQ(status_of_bytes(one.read_answer()), 200);
}

TEST_F(server_test, reads_a_large_body_and_what_is_sent_behind_it) {
  auto one = connect();
  auto body = R"({"name":"a","driver":"external"})" + std::string(900'000, ' ');
  auto next = get("/health/live", "X: " + std::string(15'000, 'x') + "\r\n");
  std::thread sends{
      [&] { one.send(post("/api/v1/devices", length(body.size()), body) + next + next); }};
  EXPECT_EQ(status_of_bytes(one.read_answer()), 201);
  EXPECT_EQ(status_of_bytes(one.read_answer()), 200);
  EXPECT_EQ(status_of_bytes(one.read_answer()), 200);
  sends.join();
}

TEST_F(server_test, asks_for_the_body_only_when_it_will_take_it) {
  auto one = connect();
  auto body = std::string{R"({"name":"a","driver":"external"})"};
  one.send(post("/api/v1/devices", length(body.size()) + "Expect: 100-continue\r\n", ""));
  EXPECT_EQ(one.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  one.send(body);
  EXPECT_EQ(status_of_bytes(one.read_answer()), 201);
  auto without_token = "POST /api/v1/devices HTTP/1.1\r\nHost: localhost\r\n" + length(10) +
                       "Expect: 100-continue\r\n\r\n";
  EXPECT_EQ(status_of_bytes(exchange(without_token)), 401);
  EXPECT_EQ(status_of_bytes(exchange(get("/health", "Expect: more\r\n"))), 417);
}

struct bytes_case {
  const char* name;
  std::string bytes;
  int status;
};
void PrintTo(const bytes_case& c, std::ostream* out) { *out << c.name; }

class bad_bytes : public server_test, public testing::WithParamInterface<bytes_case> {};

/// Behind each bad request waits a good one, whose answer must not come.
TEST_P(bad_bytes, end_the_connection) {
  auto answer = exchange(GetParam().bytes + get("/health/live"));
  EXPECT_EQ(status_of_bytes(answer), GetParam().status) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("HTTP/1.1", 8), std::string::npos) << answer;
  EXPECT_TRUE(seen->asked.empty());
}

std::string to_devices(std::string fields, std::string body) {
  return "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
         "application/json\r\n" +
         fields + "\r\n" + body;
}
std::string chunked(std::string body) {
  return to_devices("Transfer-Encoding: chunked\r\n", std::move(body));
}

INSTANTIATE_TEST_SUITE_P(
    all, bad_bytes,
    testing::ValuesIn(std::vector<bytes_case>{
        {"bare_newlines", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"two_empty_lines_before", "\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"unknown_method", "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501},
        {"connect", "CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 501},
        {"trace", "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 501},
        {"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"tls_hello", std::string("\x16\x03\x01\x00\x05\x01\x00", 7), 400},
        {"long_target", "GET /" + std::string(8200, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"large_head", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17'000, 'a'), 431},
        {"many_fields",
         [] {
           std::string made{"GET / HTTP/1.1\r\nHost: a\r\n"};
           for (int i = 0; i < 100; ++i) made += "A: b\r\n";
           return made + "\r\n";
         }(),
         431},
        {"length_and_coding",
         to_devices("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "{}"), 400},
        {"large_body_announced", to_devices("Content-Length: 16385\r\n", "{}"), 413},
        {"large_body_in_chunks",
         chunked("4000\r\n" + std::string(0x4000, ' ') + "\r\n1\r\n \r\n0\r\n\r\n"), 413},
        {"negative_chunk", chunked("-1\r\n"), 400},
        {"prefixed_chunk", chunked("0x1\r\na\r\n0\r\n\r\n"), 400},
        {"blank_before_chunk_size", chunked(" 1\r\na\r\n0\r\n\r\n"), 400},
        {"endless_chunk_size", chunked("11111111111111111\r\n"), 400},
        {"chunk_without_end", chunked("1\r\nab\r\n0\r\n\r\n"), 400},
        {"long_extension", chunked("1;" + std::string(300, 'a') + "\r\na\r\n0\r\n\r\n"), 400},
        {"bad_json", to_devices("Content-Length: 1\r\n", "{"), 400},
    }),
    [](auto& p) { return p.param.name; }
);

TEST_F(server_test, answers_http_1_0_and_closes) {
  auto answer = exchange("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(status_of_bytes(answer), 200);
}

TEST_F(server_test, closes_those_who_say_nothing_or_too_slowly) {
  auto& mine = times.session;
  mine.first_byte = mine.head = mine.idle = mine.body = 1ms;
  start_server();
  EXPECT_EQ(exchange(""), "");
  EXPECT_EQ(exchange("GET / HT"), "");
  EXPECT_EQ(exchange(post("/api/v1/devices", length(100), "{")), "");
  auto one = connect();
  one.send(get("/health"));
  EXPECT_EQ(status_of_bytes(one.read_all()), 200);
  EXPECT_EQ(tools.numbers->http_timeouts.Value(), 4);
}

TEST_F(server_test, bounds_connections_of_an_address) {
  options.connections_per_address_max = 2;
  start_server();
  auto one = connect();
  one.send(get("/health"));
  EXPECT_EQ(status_of_bytes(one.read_answer()), 200);
  auto two = connect();
  two.send(get("/health"));
  EXPECT_EQ(status_of_bytes(two.read_answer()), 200);
  auto three = connect();
  EXPECT_EQ(three.read_all(), "");
  EXPECT_EQ(tools.numbers->connections_refused.Value(), 1);
  one.send(get("/health"));
  EXPECT_EQ(status_of_bytes(one.read_answer()), 200);
}

TEST_F(server_test, answers_what_its_judge_throws_and_goes_on) {
  auto one = connect();
  auto devices = get("/api/v1/devices", "Authorization: Bearer " + token("ada") + "\r\n");
  reads_until_the_clock_fails = 1;
  one.send(devices);
  auto answer = one.read_answer();
  EXPECT_EQ(status_of_bytes(answer), 500);
  EXPECT_EQ(answer.find("mistake"), std::string::npos);
  one.send(devices);
  EXPECT_EQ(status_of_bytes(one.read_answer()), 200);
}

TEST_F(server_test, does_not_share_its_port_with_another_server) {
  auto taken = options;
  taken.listen = {http->addresses().at(0)};
  EXPECT_THROW(server(taken, tls, *node), std::runtime_error);
}

TEST_F(server_test, stops_with_idle_connections_and_answers_the_busy_ones) {
  times.session.stopping = 10s;
  start_server();
  auto idle = connect();
  idle.send(get("/health"));
  idle.read_answer();
  auto busy = connect();
  auto body = std::string{R"({"name":"a","driver":"external"})"};
  busy.send(post("/api/v1/devices", length(body.size()) + "Expect: 100-continue\r\n", ""));
  EXPECT_EQ(busy.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  std::thread stops{[this] { http->stop(); }};
  EXPECT_TRUE(idle.is_closed());
  busy.send(body);
  auto answer = busy.read_answer();
  EXPECT_EQ(status_of_bytes(answer), 201) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(busy.is_closed());
  stops.join();
  EXPECT_TRUE(node->health->stopping);
  EXPECT_EQ(tools.numbers->connections_open.Value(), 0);
}

}  // namespace
}  // namespace stellwerk::gateway
