// What rows answer when all goes well, and when it does not: without sockets, against fake actors.

#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {
namespace {

class serve_test : public desk_fixture {
 protected:
  std::string lost_by(caf::error why, http_method method, std::string path, std::string body = {}) {
    seen->next_error = std::move(why);
    auto answer = send(request(method, std::move(path), "ada"), std::move(body));
    return std::to_string(answer.status) + ' ' + code_of(answer);
  }
  sample at(std::uint32_t series, int second, double value) {
    return {series, quality::good, *wall + std::chrono::seconds{second}, value};
  }
};

TEST_F(serve_test, makes_a_device_and_says_where_it_is) {
  auto answer = post("/api/v1/devices", R"({"name":"tank-9","driver":"external"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(field_of(answer, "Location"), "/api/v1/devices/dev-1");
  EXPECT_EQ(field_of(answer, "ETag"), "\"7\"");
  EXPECT_EQ(answer.type, "application/json");
  EXPECT_NE(answer.body.find(R"("name":"tank-9")"), std::string::npos);
  EXPECT_EQ(field_of(answer, "RateLimit-Limit"), "300");
  EXPECT_EQ(field_of(answer, "RateLimit-Remaining"), "299");
  EXPECT_EQ(field_of(answer, "RateLimit-Reset"), "60");
}

TEST_F(serve_test, says_where_a_channel_is_by_the_path_and_the_answer) {
  auto answer = post("/api/v1/devices/tank-1/channels", R"({"name":"flow"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(field_of(answer, "Location"), "/api/v1/devices/tank-1/channels/flow");
}

TEST_F(serve_test, takes_and_tells_a_channel_s_class_of_retention) {
  auto path = "/api/v1/devices/tank-1/channels";
  auto answer = post(path, R"({"name":"flow","retention_class":"energy"})");
  EXPECT_EQ(answer.status, 201);
  EXPECT_NE(answer.body.find(R"("retention_class":"energy")"), std::string::npos) << answer.body;
  answer = post(path, R"({"name":"flow","retention_class":")" + std::string(31, 'x') + "\"}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find(R"("path":"retention_class")"), std::string::npos) << answer.body;
}

TEST_F(serve_test, answers_204_where_nothing_is_to_be_told) {
  auto answer = send(request(http_method::delete_, "/api/v1/devices/tank-1", "ada"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(seen->asked, std::vector<std::string>{"remove_device"});
}

TEST_F(serve_test, hands_a_patch_on_as_it_came) {
  auto what = request(http_method::patch, "/api/v1/devices/tank-1", "ada");
  auto answer = send(what, R"({"location":null,"anything":[1]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(seen->asked, std::vector<std::string>{R"({"location":null,"anything":[1]})"});
}

TEST_F(serve_test, tells_actors_who_asks_for_what) {
  auto what = request(http_method::post, "/api/v1/devices", "ada");
  what.fields.push_back({"idempotency-key", "key-1"});
  what.fields.push_back({"if-match", "\"41\""});
  send(what, R"({"name":"tank-9","driver":"external"})");
  auto context = seen->last_context;
  ASSERT_NE(context, nullptr);
  EXPECT_EQ(context->caller->id, user_ids["ada"]);
  EXPECT_EQ(context->caller->name, "ada");
  EXPECT_EQ(context->address, "127.0.0.1");
  EXPECT_EQ(context->request_id, "the-request");
  EXPECT_EQ(context->route, "createDevice");
  EXPECT_EQ(context->idempotency_key, "key-1");
  EXPECT_EQ(context->body_hash.size(), 64u);
  EXPECT_EQ(context->if_match, 41u);
  auto hash = context->body_hash;
  send(what, R"({"name":"tank-8","driver":"external"})");
  EXPECT_NE(seen->last_context->body_hash, hash);
}

TEST_F(serve_test, refuses_keys_that_are_none_and_tags_that_were_never_ours) {
  auto what = request(http_method::post, "/api/v1/devices", "ada");
  what.fields.push_back({"idempotency-key", "a b"});
  EXPECT_EQ(send(what, "{}").status, 422);
  what = request(http_method::delete_, "/api/v1/devices/tank-1", "ada");
  what.fields.push_back({"if-match", "W/\"1\""});
  send(what);
  EXPECT_EQ(seen->last_context->if_match, ~std::uint64_t{0});
}

TEST_F(serve_test, names_every_problem_of_a_body_at_once) {
  auto answer = post("/api/v1/devices", R"({"name":"a b","poll":1,"channels":[{"poll_ms":7}]})");
  EXPECT_EQ(answer.status, 422);
  for (auto* path : {"name", "driver", "poll", "channels[0].name", "channels[0].poll_ms"})
    EXPECT_NE(answer.body.find("\"path\":\"" + std::string{path} + '"'), std::string::npos) << path;
  EXPECT_NE(answer.body.find(R"("request_id":"the-request")"), std::string::npos);
}

TEST_F(serve_test, maps_lost_answers_by_what_they_may_have_done) {
  auto died = caf::make_error(caf::sec::request_receiver_down);
  auto late = caf::make_error(caf::sec::request_timeout);
  auto get = http_method::get;
  auto post = http_method::post;
  auto device = R"({"name":"a","driver":"external"})";
  EXPECT_EQ(lost_by(died, get, "/api/v1/devices"), "503 busy");
  EXPECT_EQ(lost_by(died, post, "/api/v1/devices", device), "503 busy");
  EXPECT_EQ(lost_by(late, get, "/api/v1/devices"), "503 busy");
  EXPECT_EQ(lost_by(late, post, "/api/v1/devices", device), "504 outcome_unknown");
  EXPECT_EQ(lost_by(refuse(errc::outcome_unknown), get, "/api/v1/devices"), "503 busy");
  EXPECT_EQ(
      lost_by(refuse(errc::outcome_unknown), post, "/api/v1/devices", device), "504 outcome_unknown"
  );
  EXPECT_EQ(lost_by(refuse(errc::busy), post, "/api/v1/devices", device), "503 busy");
  EXPECT_EQ(lost_by(refuse(errc::name_taken), post, "/api/v1/devices", device), "409 name_taken");
}

TEST_F(serve_test, answers_what_a_row_throws_and_counts_on) {
  reads_until_the_clock_fails = 2;  // authentication is the first, the row the second
  auto answer = post("/api/v1/samples", R"({"samples":[{"channel":"tank-1/level","value":1}]})");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(code_of(answer), "internal_error");
  EXPECT_EQ(answer.body.find("mistake"), std::string::npos);
  EXPECT_EQ(tools.numbers->questions_open.Value(), 0);
}

TEST_F(serve_test, tells_who_one_is_without_asking_an_actor) {
  auto answer = get("/api/v1/auth/me", "vic");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("username":"vic")"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("device:read")"), std::string::npos);
  EXPECT_EQ(answer.body.find(R"("device:create")"), std::string::npos);
  EXPECT_TRUE(seen->asked.empty());
  EXPECT_EQ(seen->costs.size(), 1u) << "limited like the rest";
}

TEST_F(serve_test, waits_for_the_outcome_of_a_command_if_asked_to) {
  auto path = std::string{"/api/v1/devices/tank-1/commands"};
  auto body = R"({"channel":"setpoint","value":20.5})";
  auto answer = post(path, body);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(seen->asked, std::vector<std::string>{"send_command"});
  EXPECT_EQ(field_of(answer, "Location"), "/api/v1/commands/0190a5b0-0000-7000-8000-000000000001");
  answer = post(path + "?wait_ms=1000", body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("status":"verified")"), std::string::npos);
  seen->outcome = command_status::sent;
  EXPECT_EQ(post(path + "?wait_ms=1000", body).status, 202);
  EXPECT_EQ(post(path, R"({"channel":"setpoint","value":1,"wait_ms":5})").status, 422);
  EXPECT_EQ(post(path + "?wait_ms=30001", body).status, 422);
}

TEST_F(serve_test, keeps_a_command_accepted_when_its_outcome_is_lost) {
  seen->loses_outcomes = true;
  auto answer = post(
      "/api/v1/devices/tank-1/commands?wait_ms=1000", R"({"channel":"setpoint","value":20.5})"
  );
  EXPECT_EQ(answer.status, 202);
  EXPECT_NE(answer.body.find(R"("status":"accepted")"), std::string::npos);
}

TEST_F(serve_test, stores_what_it_can_of_posted_samples) {
  auto answer = post(
      "/api/v1/samples",
      R"({"samples":[{"channel":"tank-1/level","value":1.5},{"channel":"none/such","value":1}]})"
  );
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find(R"("accepted":1)"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("index":1,"code":"unknown_channel")"), std::string::npos);
  EXPECT_EQ(seen->costs.back(), 2u) << "charged by points";
  EXPECT_EQ(post("/api/v1/samples", R"({"samples":[]})").status, 422);
}

TEST_F(serve_test, pages_through_ranges_without_loss_or_repeat) {
  seen->stored = {at(1, 0, 1), at(1, 1, 2), at(2, 1, 3), at(1, 1, 4), at(1, 2, 5)};
  std::vector<double> read;
  std::string cursor;
  for (int pages = 0; pages < 10; ++pages) {
    auto path = std::string{"/api/v1/samples?channel=tank-1/level&channel=tank-2/level&limit=1"};
    if (!cursor.empty()) path += "&cursor=" + cursor;
    auto answer = get(path);
    ASSERT_EQ(answer.status, 200) << answer.body;
    auto page = boost::json::parse(answer.body);
    for (auto& item : page.at("items").as_array())
      read.push_back(item.at("value").to_number<double>());
    if (page.at("next_cursor").is_null()) break;
    cursor = page.at("next_cursor").as_string().c_str();
  }
  EXPECT_EQ(read, (std::vector<double>{1, 2, 3, 4, 5}));
  EXPECT_EQ(get("/api/v1/samples?channel=tank-1/level&cursor=x").status, 422);
  EXPECT_EQ(get("/api/v1/samples").status, 422);
}

TEST_F(serve_test, shows_samples_only_where_the_caller_may_read) {
  seen->stored = {at(1, -2, 1), at(2, -3, 2)};
  EXPECT_EQ(get("/api/v1/samples?channel=tank-1/level", "ops").status, 200);
  EXPECT_EQ(get("/api/v1/samples?channel=tank-2/level", "ops").status, 404);
  auto answer = get("/api/v1/samples/latest", "ops");
  EXPECT_NE(answer.body.find(R"("channel":"tank-1/level")"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(R"("age_ms":2000)"), std::string::npos);
  EXPECT_EQ(answer.body.find("tank-2"), std::string::npos);
  answer = get("/api/v1/samples/latest?channel=*2/*");
  EXPECT_EQ(answer.body.find("tank-1"), std::string::npos);
  EXPECT_NE(answer.body.find("tank-2/level"), std::string::npos);
  answer = get("/api/v1/samples/latest?limit=1");
  EXPECT_NE(answer.body.find(R"("next_cursor":"tank-1/level")"), std::string::npos);
  answer = get("/api/v1/samples/latest?limit=1&cursor=tank-1/level");
  EXPECT_NE(answer.body.find(R"("channel":"tank-2/level")"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("next_cursor":null)"), std::string::npos);
}

TEST_F(serve_test, answers_health_from_memory) {
  node->health->ready = false;
  EXPECT_EQ(get("/health", "").status, 503);
  EXPECT_EQ(get("/health/ready", "").status, 503);
  EXPECT_EQ(get("/health/live", "").status, 200);
  node->health->ready = true;
  node->health->demo = true;
  auto answer = get("/health", "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("demo":true,"setup_required":false)"), std::string::npos);
  node->health->journal_ok = false;
  EXPECT_NE(get("/health", "").body.find(R"("status":"degraded")"), std::string::npos);
  node->health->store_ok = false;
  EXPECT_EQ(get("/health", "").status, 503);
  EXPECT_TRUE(seen->costs.empty());
}

TEST_F(serve_test, serves_loopback_alone_until_there_is_an_administrator) {
  node->access->administrator = false;
  auto what = request(http_method::get, "/health");
  EXPECT_NE(send(what).body.find(R"("setup_required":true)"), std::string::npos);
  what.peer = "192.0.2.7";
  EXPECT_EQ(send(what).status, 403);
  EXPECT_EQ(send(request(http_method::get, "/")).status, 200);
  node->access->administrator = true;
  EXPECT_EQ(send(what).status, 200);
}

TEST_F(serve_test, answers_only_for_its_own_names) {
  auto what = request(http_method::get, "/health");
  for (auto* host : {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "10.1.2.3"}) {
    what.fields = {{"host", host}};
    EXPECT_EQ(send(what).status, 200) << host;
  }
  for (auto* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a:b"}) {
    what.fields = {{"host", host}};
    EXPECT_EQ(send(what).status, 421) << host;
  }
}

TEST_F(serve_test, serves_the_console_with_tags) {
  auto page = get("/", "");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.type, "text/html; charset=utf-8");
  EXPECT_NE(page.body.find("<!doctype html>"), std::string::npos) << page.body.substr(0, 80);
  auto script = get("/app.js", "");
  EXPECT_EQ(script.type, "text/javascript; charset=utf-8");
  auto again = request(http_method::get, "/app.js");
  again.fields.push_back({"if-none-match", field_of(script, "ETag")});
  auto answer = send(again);
  EXPECT_EQ(answer.status, 304);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(send(request(http_method::post, "/")).status, 405);
  EXPECT_EQ(get("/no.js", "").status, 404);
}

TEST_F(serve_test, grants_listed_origins_alone) {
  options.allowed_origins = {"http://localhost:3000"};
  desk.emplace(options, *node, *port);
  auto what = request(http_method::options, "/api/v1/devices");
  what.fields.push_back({"origin", "http://localhost:3000"});
  what.fields.push_back({"access-control-request-method", "POST"});
  auto granted = send(what);
  EXPECT_EQ(granted.status, 204);
  EXPECT_EQ(field_of(granted, "Access-Control-Allow-Origin"), "http://localhost:3000");
  EXPECT_EQ(field_of(granted, "Access-Control-Max-Age"), "600");
  for (auto* origin :
       {"http://localhost:3001", "https://localhost:3000", "http://LOCALHOST:3000",
        "http://localhost:3000.evil.example", "null"}) {
    what.fields[1].value = origin;
    auto refused = send(what);
    EXPECT_EQ(refused.status, 403) << origin;
    EXPECT_EQ(field_of(refused, "Access-Control-Allow-Origin"), "") << origin;
  }
}

}  // namespace
}  // namespace stellwerk::gateway
