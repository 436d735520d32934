#include "gateway/metrics_server.hpp"

#include "tests/gateway/server_fixture.hpp"

namespace stellwerk::gateway {
namespace {

class metrics_server_test : public server_fixture {
 protected:
  std::string scrape(std::string_view line) {
    client one{endpoint_from(metrics.address()).value().port()};
    one.send(std::string{line} + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return one.read_all();
  }
  metrics_server metrics{metrics_options{"127.0.0.1:0"}, tools};
};

TEST_F(metrics_server_test, shows_what_was_counted) {
  exchange("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  exchange("GET /api/v1/devices HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  auto answer = scrape("GET /metrics");
  EXPECT_EQ(status_of_bytes(answer), 200);
  EXPECT_NE(
      answer.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string::npos
  );
  for (auto* line :
       {R"(stellwerk_http_requests_total{class="2xx",route="health"} 1)",
        R"(stellwerk_http_requests_total{class="4xx",route="listDevices"} 1)",
        R"(stellwerk_connections_open )"})
    EXPECT_NE(answer.find(line), std::string::npos) << line;
}

TEST_F(metrics_server_test, knows_nothing_else) {
  EXPECT_EQ(status_of_bytes(scrape("GET /")), 404);
  EXPECT_EQ(status_of_bytes(scrape("POST /metrics")), 405);
}

TEST_F(metrics_server_test, is_not_there_without_an_address) {
  EXPECT_EQ(metrics_server({""}, tools).address(), "");
}

}  // namespace
}  // namespace stellwerk::gateway
