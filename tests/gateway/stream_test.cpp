// WebSockets against the real server on loopback.

#include <thread>

#include "tests/gateway/stream_fixture.hpp"

namespace stellwerk::gateway {
namespace {

class stream_test : public stream_fixture {
 protected:
  static stream_sample level(int tank, int value) {
    auto name = "tank-" + std::to_string(tank) + "/level";
    return {
        name, "dev-" + std::to_string(tank),
        R"({"channel":")" + name + R"(","time":"2027-01-15T08:00:00.000Z","value":)" +
            std::to_string(value) + R"(,"quality":"good"})"};
  }
  static journal_entry entry(std::uint64_t seq, std::string type = "device.created") {
    journal_entry made;
    made.seq = seq;
    made.type = std::move(type);
    made.subject = "device/tank-1";
    return made;
  }
  static std::string text(const boost::json::value& from, std::string_view name) {
    return from.at(name).as_string().c_str();
  }
  static std::int64_t seq_of(const boost::json::value& frame) {
    return frame.at("payload").at("seq").to_number<std::int64_t>();
  }
};

TEST_F(stream_test, greets_whoever_brings_a_good_token_first) {
  stream_peer one{port()};
  EXPECT_EQ(one.status(), 101);
  EXPECT_EQ(one.protocol(), "stellwerk.stream.v1");
  one.send("hello", hello());
  auto frame = one.read();
  EXPECT_EQ(text(frame, "type"), "hello_ok");
  EXPECT_EQ(text(frame, "ts"), "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(text(frame.at("payload"), "principal"), "ada");
  EXPECT_EQ(text(frame.at("payload"), "site"), "north");
}

TEST_F(stream_test, needs_no_hello_after_an_authorized_upgrade) {
  stream_peer::upgrade how;
  how.fields = {{"Authorization", "Bearer " + token("vic")}};
  stream_peer one{port(), how};
  EXPECT_EQ(text(one.read().at("payload"), "principal"), "vic");
  how.fields = {{"Authorization", "Bearer x"}};
  EXPECT_EQ(stream_peer(port(), how).status(), 401);
}

TEST_F(stream_test, parses_nothing_but_a_hello_before_it_knows_who_speaks) {
  for (auto& message :
       {std::string{"{}"}, std::string{"hello"},
        R"({"type":"hello","ts":"2027-01-15T08:00:00Z",)"
        R"("payload":{"token":"x"}})" +
            std::string{}}) {
    stream_peer one{port()};
    one.send(message);
    EXPECT_EQ(one.closed_with(), "1008 Invalid token") << message;
  }
  stream_peer early{port()};
  early.send("subscribe", R"({"id":"a","samples":["*"],"events":[]})");
  EXPECT_EQ(early.closed_with(), "1008 Invalid token");
  stream_peer large{port()};
  large.send(std::string(5000, ' '));
  EXPECT_EQ(large.closed_with().substr(0, 4), "1009");
}

TEST_F(stream_test, does_not_wait_for_ever_for_a_hello) {
  times.stream.hello = 1ms;
  start_server();
  stream_peer one{port()};
  EXPECT_EQ(one.closed_with(), "1008 Authentication timeout");
}

TEST_F(stream_test, bounds_sockets_that_have_not_said_who_they_are) {
  std::vector<std::unique_ptr<stream_peer>> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(std::make_unique<stream_peer>(port()));
  stream_peer ninth{port()};
  EXPECT_EQ(ninth.closed_with(), "1008 Rate limit exceeded");
}

TEST_F(stream_test, counts_unknown_sockets_of_a_network_as_one) {
  options.trusted_proxies = {"127.0.0.1"};
  start_server();
  std::vector<std::unique_ptr<stream_peer>> waiting;
  stream_peer::upgrade how;
  for (int i = 1; i <= 9; ++i) {
    how.fields = {{"X-Forwarded-For", "2001:db8::" + std::to_string(i)}};
    waiting.push_back(std::make_unique<stream_peer>(port(), how));
  }
  EXPECT_EQ(waiting.back()->closed_with(), "1008 Rate limit exceeded");
  how.fields = {{"X-Forwarded-For", "2001:db8:0:1::1"}};
  stream_peer neighbour{port(), how};
  neighbour.send("hello", hello());
  EXPECT_FALSE(neighbour.read("hello_ok").is_null());
}

TEST_F(stream_test, takes_the_word_of_a_trusted_proxy_for_the_scheme_of_its_origin) {
  stream_peer::upgrade how;
  how.fields = {
      {"Origin", "https://localhost:" + std::to_string(port())}, {"X-Forwarded-Proto", "https"}};
  EXPECT_EQ(stream_peer(port(), how).status(), 403);
  options.trusted_proxies = {"127.0.0.1"};
  start_server();
  how.fields[0].value = "https://localhost:" + std::to_string(port());
  EXPECT_EQ(stream_peer(port(), how).status(), 101);
}

TEST_F(stream_test, refuses_upgrades_that_are_none) {
  stream_peer::upgrade how;
  how.fields = {{"Origin", "http://evil.example"}};
  EXPECT_EQ(stream_peer(port(), how).status(), 403);
  how.fields = {{"Origin", "http://localhost:" + std::to_string(port())}};
  EXPECT_EQ(stream_peer(port(), how).status(), 101);
  how.fields = {{"Sec-WebSocket-Version", "8"}};
  EXPECT_EQ(stream_peer(port(), how).status(), 426);
  how = {"other.v1", {}};
  EXPECT_EQ(stream_peer(port(), how).status(), 400);
  auto plain = exchange("GET /ws/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of_bytes(plain), 426);
  seen->grants = 0;
  EXPECT_EQ(stream_peer(port()).status(), 429);
  auto counted = [this](const char* digit) {
    return tools.numbers->http_requests.Add({{"route", "stream"}, {"class", digit}}).Value();
  };
  EXPECT_EQ(counted("1xx"), 1);
  EXPECT_EQ(counted("4xx"), 5);
}

TEST_F(stream_test, tells_the_latest_values_first_and_then_what_comes) {
  seen->stored = {{1, quality::good, *wall, 7}, {2, quality::stale, *wall, 8}};
  auto one = open();
  one->send("subscribe", R"({"id":"a","samples":["tank-1/*"],"events":[]})");
  EXPECT_EQ(text(one->read().at("payload"), "id"), "a");
  auto first = one->read("sample_batch").at("payload").at("samples").as_array();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(text(first[0], "channel"), "tank-1/level");
  EXPECT_EQ(first[0].at("value").to_number<int>(), 7);
  push_samples({level(1, 9), level(2, 9)});
  auto next = one->read("sample_batch").at("payload").at("samples").as_array();
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].at("value").to_number<int>(), 9);
  one->send("unsubscribe", R"({"id":"a"})");
  EXPECT_EQ(text(one->read("ack").at("payload"), "id"), "a");
}

TEST_F(stream_test, resumes_events_after_an_entry) {
  push_events({entry(1), entry(2), entry(3)});
  auto one = open();
  one->send("subscribe", R"({"id":"a","samples":[],"events":["device.*"],"after":1})");
  EXPECT_EQ(seq_of(one->read("event")), 2);
  EXPECT_EQ(seq_of(one->read("event")), 3);
  push_events({entry(4)});
  auto frame = one->read("event");
  EXPECT_EQ(seq_of(frame), 4);
  EXPECT_EQ(text(frame.at("payload"), "subject"), "device/tank-1");
}

TEST_F(stream_test, answers_what_it_cannot_do_and_goes_on) {
  add_user("guest", "customer");
  auto one = open("guest");
  one->send("subscribe", R"({"id":"a","samples":["*"],"events":[]})");
  auto refused = one->read("error").at("payload");
  EXPECT_EQ(text(refused, "code"), "not_permitted");
  EXPECT_EQ(text(refused, "ref"), "a");
  one->send("subscribe", R"({"id":"a","samples":"*"})");
  auto invalid = one->read("error").at("payload");
  EXPECT_EQ(text(invalid, "code"), "invalid_message");
  EXPECT_EQ(text(invalid, "ref"), "payload.samples");
  one->send("unsubscribe", R"({"id":"none"})");
  EXPECT_EQ(text(one->read("error").at("payload"), "code"), "not_found");
}

TEST_F(stream_test, closes_on_frames_that_have_no_place_here) {
  auto binary = open();
  binary->send_binary("x");
  EXPECT_EQ(binary->closed_with().substr(0, 4), "1003");
  auto bad_text = open();
  bad_text->send("\xff");
  EXPECT_EQ(bad_text->closed_with().substr(0, 4), "1007");
  auto large = open();
  large->send(std::string(70'000, ' '));
  EXPECT_EQ(large->closed_with().substr(0, 4), "1009");
  auto stubborn = open();
  for (int i = 0; i < 10; ++i) stubborn->send("{}");
  EXPECT_EQ(stubborn->closed_with(), "1008 Rate limit exceeded");
}

TEST_F(stream_test, counts_messages_of_a_principal_over_all_its_sockets) {
  auto one = open();
  auto two = open();
  for (int i = 0; i < 50; ++i) one->send("unsubscribe", R"({"id":"x"})");
  for (int i = 0; i < 50; ++i) one->read("error");
  for (int i = 0; i < 51; ++i) two->send("unsubscribe", R"({"id":"x"})");
  EXPECT_EQ(two->closed_with(), "1008 Rate limit exceeded");
  auto other = open("vic");
  other->send("unsubscribe", R"({"id":"x"})");
  EXPECT_FALSE(other->read("error").is_null());
}

TEST_F(stream_test, ends_when_the_token_is_revoked_or_over) {
  times.stream.check = 1ms;
  start_server();
  auto one = open();
  auto user = *published<access_user>::reader{node->access->users}.find(user_ids["ada"]);
  user.enabled = false;
  node->access->users.put(user_ids["ada"], user);
  EXPECT_EQ(one->closed_with(), "1008 Session ended");
  for (auto id : {&token_claims::jti, &token_claims::sid}) {
    auto signed_out = open("ops");
    node->access->revoked.put(last_claims.*id, now_s() + 1800);
    EXPECT_EQ(signed_out->closed_with(), "1008 Session ended");
  }
  auto two = open("vic");
  *wall += 1750s;
  EXPECT_FALSE(two->read("reauth_required").is_null());
  two->send("hello", hello("vic"));
  EXPECT_FALSE(two->read("hello_ok").is_null());
  *wall += 1801s;
  EXPECT_EQ(two->closed_with(), "1008 Session ended");
}

TEST_F(stream_test, closes_a_reader_that_stays_too_slow) {
  times.stream.check = 1ms;
  times.stream.full = 1ms;
  start_server();
  auto one = open();
  one->send("subscribe", R"({"id":"a","samples":["*"],"events":["*"]})");
  one->read("ack");
  std::uint64_t seq = 0;
  auto large = entry(1);
  large.data.text = R"({"x":")" + std::string(60'000, 'x') + "\"}";
  while (tools.numbers->stream_slow_closed.Value() == 0 && seq < 100'000) {
    large.seq = ++seq;
    push_events({large});
  }
  EXPECT_EQ(tools.numbers->stream_slow_closed.Value(), 1);
  EXPECT_EQ(one->closed_with(), "1013 Slow reader");
}

TEST_F(stream_test, says_goodbye_when_the_server_stops) {
  auto one = open();
  EXPECT_EQ(tools.numbers->streams_open.Value(), 1);
  std::thread stops{[this] { http->stop(); }};
  EXPECT_EQ(one->closed_with(), "1001 Going away");
  stops.join();
  EXPECT_EQ(tools.numbers->streams_open.Value(), 0);
}

}  // namespace
}  // namespace stellwerk::gateway
