#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {
namespace {

struct series_route_test : desk_fixture {};

TEST_F(series_route_test, tells_series_with_what_their_places_mean) {
  *wall = wall_time{std::chrono::seconds{1'800'000'000}};
  auto path = std::string{"/api/v1/samples/series?channel=tank-2/level&channel=tank-1/level"};
  auto answer = get(path + "&from=2027-01-15T00:00:00Z&to=2027-01-15T06:00:00Z&points=10");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(
      answer.body,
      R"({"from":"2027-01-15T00:00:00.000Z","to":"2027-01-15T06:00:00.000Z","width_ms":60000,)"
      R"("partial_from":"2027-01-15T06:00:00.000Z","items":[)"
      R"({"channel":"tank-2/level","columns":["t","min","max","avg","count"],"points":[[2]]},)"
      R"({"channel":"tank-1/level","columns":["t","min","max","avg","count"],"points":[[1]]}]})"
  );
  EXPECT_EQ(seen->last_series.points, 10u);
  ASSERT_EQ(get(path).status, 200);
  EXPECT_EQ(seen->last_series.to, *wall);
  EXPECT_EQ(seen->last_series.from, *wall - std::chrono::hours{1});
  EXPECT_EQ(seen->last_series.points, 500u);
}

TEST_F(series_route_test, refuses_series_that_it_cannot_tell) {
  auto path = std::string{"/api/v1/samples/series?channel=tank-1/level"};
  for (auto* wrong :
       {"&points=9", "&points=5001", "&from=2027-01-15T00:00:00Z&to=2027-01-15T00:00:00Z"})
    EXPECT_EQ(get(path + wrong).status, 422) << wrong;
  EXPECT_EQ(get("/api/v1/samples/series").status, 422);
  EXPECT_EQ(get("/api/v1/samples/series?channel=none/such").status, 404);
  EXPECT_EQ(get("/api/v1/samples/series?channel=tank-2/level", "ops").status, 404);
  EXPECT_EQ(get(path, "ops").status, 200);
  EXPECT_EQ(seen->asked, std::vector<std::string>{"read_series"});
}

}  // namespace
}  // namespace stellwerk::gateway
