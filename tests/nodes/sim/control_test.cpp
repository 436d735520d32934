#include "nodes/sim/control.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "nodes/sim/control_routes.hpp"
#include "tests/nodes/sim/plant.hpp"

namespace stellwerk::sim {
namespace {

class control_test : public plant_test {
 protected:
  control_answer ask(
      std::string_view method, const std::string& target, std::string_view body = {}
  ) {
    return on_plant([&] { return answer_control(server, log, method, target, body); });
  }
  json::value items(const std::string& target) {
    return json::parse(ask("GET", target).body).at("items");
  }
  fault_kind kind(std::size_t on_port, std::uint8_t unit) {
    return on_plant([&] { return server.ports().at(on_port)->find(unit)->wrong.kind; });
  }
  std::string port_path() { return "/ports/" + std::to_string(number()); }
  std::string unit_path() { return "/units/" + std::to_string(number()) + "/2/fault"; }

  std::string over_http(const std::string& request) {
    client c(http.endpoint().port());
    c.send(request);
    return c.receive_all();
  }
};

TEST_F(control_test, lists_every_unit_with_its_process) {
  client c(number());
  c.ask(write_setpoint(1, 2, 215), 12);
  c.ask(frame(2, 2, {5, 0, 0, 0, 0}), 12);
  auto all = items("/units").as_array();
  ASSERT_EQ(all.size(), 4u);
  auto& unit = all[1].as_object();
  EXPECT_EQ(unit.at("port"), number());
  EXPECT_EQ(unit.at("unit"), 2);
  EXPECT_EQ(unit.at("listening"), true);
  EXPECT_EQ(unit.at("fault"), json::object({{"kind", "none"}}));
  EXPECT_EQ(unit.at("setpoint"), 21.5);
  EXPECT_EQ(unit.at("valve"), 70.0);
  EXPECT_EQ(unit.at("pump"), false);
  EXPECT_EQ(unit.at("requests"), 2);
  EXPECT_EQ(unit.at("writes"), 2);
  EXPECT_NEAR(unit.at("temperature").as_double(), 20, 5);
  EXPECT_NEAR(unit.at("level").as_double(), 50, 5);
  EXPECT_NEAR(unit.at("flow").as_double(), 1.19, 0.1);
  EXPECT_EQ(all[0].at("writes"), 0);
}

TEST_F(control_test, sets_the_fault_of_one_unit) {
  auto answer = ask("PUT", unit_path(), R"({"kind":"slow","delay_ms":20})");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, R"({"kind":"slow","delay_ms":20})");
  EXPECT_EQ(kind(0, 2), fault_kind::slow);
  EXPECT_EQ(kind(0, 1), fault_kind::none);
  EXPECT_EQ(kind(1, 2), fault_kind::none);
}

TEST_F(control_test, sets_the_fault_of_all_units_of_a_port) {
  EXPECT_EQ(ask("PUT", port_path() + "/fault", R"({"kind":"silent"})").status, 200u);
  EXPECT_EQ(kind(0, 1), fault_kind::silent);
  EXPECT_EQ(kind(0, 2), fault_kind::silent);
  EXPECT_EQ(kind(1, 1), fault_kind::none);
}

TEST_F(control_test, closes_a_port_and_opens_it_again) {
  EXPECT_EQ(ask("PUT", port_path(), R"({"listening":false})").status, 200u);
  EXPECT_THROW(client{number()}, boost::system::system_error);
  EXPECT_EQ(items("/units").at(0).at("listening"), false);
  EXPECT_EQ(ask("PUT", port_path(), R"({"listening":true})").status, 200u);
  client c(number());
  EXPECT_EQ(c.ask(read_setpoint(1), 11), setpoint_is(1, 1, 400));
}

TEST_F(control_test, says_409_when_the_port_was_taken_meanwhile) {
  ask("PUT", port_path(), R"({"listening":false})");
  net::io_context other;
  tcp::acceptor taken(other, {net::ip::address_v4::loopback(), number()});
  EXPECT_EQ(ask("PUT", port_path(), R"({"listening":true})").status, 409u);
  taken.close();
  EXPECT_EQ(ask("PUT", port_path(), R"({"listening":true})").status, 200u);
}

TEST_F(control_test, lists_writes_after_a_number_a_thousand_at_a_time) {
  on_plant([&] {
    for (int i = 0; i < 1'002; ++i) log.append(number(), 1, {.function = 6, .values = {1}});
  });
  EXPECT_EQ(items("/writes").as_array().size(), 1'000u);
  auto rest = items("/writes?after=1000").as_array();
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].at("seq"), 1'001);
  EXPECT_EQ(json::parse(ask("GET", "/writes?after=5000").body).at("last"), 1'002);
}

TEST_F(control_test, refuses_bad_input_with_what_it_expected) {
  struct {
    std::string target, body;
    unsigned status;
  } cases[] = {
      {unit_path(), "", 400},
      {unit_path(), "[]", 400},
      {unit_path(), "{", 400},
      {unit_path(), R"({"kind":"slo"})", 400},
      {unit_path(), R"({"kind":"slow","delay_ms":-1})", 400},
      {port_path(), "{}", 400},
      {port_path(), R"({"listening":1})", 400},
      {port_path(), R"({"listening":false,"x":1})", 400},
      {"/units/1/1/fault", R"({"kind":"none"})", 404},
      {"/units/" + std::to_string(number()) + "/9/fault", R"({"kind":"none"})", 404},
      {"/units/" + std::to_string(number()) + "/300/fault", R"({"kind":"none"})", 404},
      {"/ports/1", R"({"listening":true})", 404},
      {"/ports/99999", R"({"listening":true})", 404},
      {"/ports/x", R"({"listening":true})", 404},
      {"/ports", R"({"listening":true})", 404},
      {"/", "", 404},
      {"", "", 404},
  };
  for (auto& c : cases) {
    auto answer = ask("PUT", c.target, c.body);
    EXPECT_EQ(answer.status, c.status) << c.target << " " << c.body;
    EXPECT_FALSE(json::parse(answer.body).at("message").as_string().empty());
  }
  EXPECT_EQ(ask("GET", "/writes?after=x").status, 400u);
  EXPECT_EQ(ask("GET", "/writes?from=1").status, 400u);
  EXPECT_EQ(ask("DELETE", "/units").status, 404u);
  EXPECT_EQ(kind(0, 2), fault_kind::none);
}

// --- --fault
// --------------------------------------------------------------------------------------

TEST_F(control_test, applies_a_fault_option_to_what_it_names) {
  auto apply = [&](const std::string& text) {
    return on_plant([&] { return apply_fault_option(server, text).has_value(); });
  };
  EXPECT_TRUE(apply("unit=2,kind=slow,delay_ms=7"));
  EXPECT_EQ(kind(0, 2), fault_kind::slow);
  EXPECT_EQ(kind(1, 2), fault_kind::slow);
  EXPECT_EQ(kind(0, 1), fault_kind::none);
  EXPECT_TRUE(apply("kind=silent,port=" + std::to_string(number())));
  EXPECT_EQ(kind(0, 1), fault_kind::silent);
  EXPECT_EQ(kind(1, 1), fault_kind::none);
  EXPECT_TRUE(apply("kind=refuse,port=" + std::to_string(number())));
  EXPECT_FALSE(on_plant([&] { return server.ports()[0]->listening(); }));
  EXPECT_TRUE(on_plant([&] { return server.ports()[1]->listening(); }));
  for (auto text :
       {"", "slow", "kind=slo", "unit=3,kind=silent", "unit=x,kind=silent", "port=1,kind=silent",
        "unit=1,kind=refuse", "port=1,kind=refuse"})
    EXPECT_FALSE(apply(text)) << text;
}

// --- over its socket
// ------------------------------------------------------------------------------

TEST_F(control_test, serves_several_requests_on_one_connection) {
  auto answer = over_http(
      "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
      "PUT " +
      unit_path() +
      " HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n{\"kind\":\"silent\"}"
      "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
  );
  EXPECT_NE(answer.find(R"({"status":"ok"})"), std::string::npos);
  EXPECT_NE(answer.find("HTTP/1.1 404"), std::string::npos);
  EXPECT_EQ(kind(0, 2), fault_kind::silent);
}

TEST_F(control_test, refuses_bodies_over_4_kib_and_headers_over_8_kib) {
  auto body =
      over_http("PUT " + port_path() + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n");
  EXPECT_TRUE(body.starts_with("HTTP/1.1 413")) << body;
  auto header = over_http("GET / HTTP/1.1\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(header.starts_with("HTTP/1.1 413")) << header;
}

TEST_F(control_test, answers_400_to_what_is_not_http) {
  auto answer = over_http("not http\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << answer;
}

TEST_F(control_test, closes_sessions_beyond_its_limit_at_once) {
  std::vector<std::unique_ptr<client>> sessions;
  for (std::size_t i = 0; i < control::sessions_max; ++i)
    sessions.push_back(std::make_unique<client>(http.endpoint().port()));
  EXPECT_EQ(client(http.endpoint().port()).end(), net::error::eof);
}

}  // namespace
}  // namespace stellwerk::sim
