// What a request costs, who is refused over the limit, and what is told of it.

#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {
namespace {

using limits_test = desk_fixture;

TEST_F(limits_test, remembers_who_is_over_the_limit) {
  seen->grants = 0;
  EXPECT_EQ(get("/api/v1/devices").status, 429);
  auto asked_limiter = seen->costs.size();
  seen->grants = 10;
  auto again = get("/api/v1/devices");
  EXPECT_EQ(again.status, 429);
  EXPECT_EQ(field_of(again, "Retry-After"), "17");
  EXPECT_EQ(seen->costs.size(), asked_limiter) << "refused from memory";
  EXPECT_EQ(get("/api/v1/devices", "vic").status, 200) << "another principal";
}

TEST_F(limits_test, limits_what_no_table_knows) {
  auto misdirected = request(http_method::get, "/api/v1/devices", "ada");
  misdirected.fields[0].value = "evil.example";
  for (auto& [what, status] :
       {std::pair{request(http_method::get, "/nowhere"), 404},
        {request(http_method::put, "/api/v1/devices"), 405},
        {request(http_method::post, "/"), 405},
        {misdirected, 421}}) {
    seen->grants = 1;
    EXPECT_EQ(send(what).status, status);
    EXPECT_EQ(send(what).status, 429) << what.target;
  }
  seen->grants = 0;
  EXPECT_EQ(get("/health", "").status, 200);
  EXPECT_EQ(get("/", "").status, 200);
}

TEST_F(limits_test, charges_samples_that_it_cannot_read_by_their_size) {
  EXPECT_EQ(post("/api/v1/samples", std::string(100 * 1024, '[')).status, 400);
  EXPECT_EQ(seen->costs, std::vector<std::uint32_t>{101});
  EXPECT_EQ(post("/api/v1/samples", R"({"samples":[]})").status, 422);
  EXPECT_EQ(seen->costs.back(), 1u);
  EXPECT_EQ(get("/api/v1/samples?channel=none/such").status, 404);
  EXPECT_EQ(seen->costs.size(), 3u);
}

TEST_F(limits_test, says_how_long_a_log_in_must_wait) {
  seen->next_error = refuse(errc::over_limit, 120s);
  auto what = request(http_method::post, "/api/v1/auth/login");
  auto answer = send(what, R"({"username":"ada","password":"x"})");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(field_of(answer, "Retry-After"), "120");
}

TEST_F(limits_test, refuses_one_account_without_locking_out_its_neighbours) {
  auto what = request(http_method::post, "/api/v1/auth/login");
  seen->grants = 0;
  EXPECT_EQ(send(what, R"({"username":"ada","password":"x"})").status, 429);
  seen->grants = 10;
  EXPECT_EQ(send(what, R"({"username":"bob","password":"x"})").status, 200);
}

TEST_F(limits_test, charges_the_account_that_a_log_in_tries) {
  auto what = request(http_method::post, "/api/v1/auth/login");
  EXPECT_EQ(send(what, R"({"username":"Ada","password":"x"})").status, 200);
  EXPECT_EQ(seen->account_keys, std::vector<std::string>{"ada"});
}

}  // namespace
}  // namespace stellwerk::gateway
