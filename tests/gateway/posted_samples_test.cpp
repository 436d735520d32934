#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {
namespace {

struct posted_samples_test : desk_fixture {};

TEST_F(posted_samples_test, stores_lines_and_columns_like_an_array) {
  auto array = post(
      "/api/v1/samples", R"({"samples":[{"channel":"tank-1/level","time":1799999999000,"value":1},)"
                         R"({"channel":"tank-1/none","value":1}]})"
  );
  auto lines = request(http_method::post, "/api/v1/samples?source=s&seq=4", "ada");
  lines.fields.push_back({"content-type", "application/x-ndjson"});
  auto answer = send(
      lines, R"({"channel":"tank-1/level","time":1799999999000,"value":1})"
             "\n"
             R"({"channel":"tank-1/none","value":1})"
             "\nnonsense\n"
  );
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto refused = array.body.substr(0, array.body.size() - 2);
  EXPECT_EQ(answer.body.substr(0, refused.size()), refused);
  EXPECT_NE(
      answer.body.find(R"({"index":2,"code":"bad_line","message":"line 3: )"), std::string::npos
  ) << answer.body;
  EXPECT_EQ(seen->costs.back(), 3u);
  EXPECT_EQ(
      post("/api/v1/samples", R"({"channel":"tank-1/level","times":[1799999999000],"values":[1]})")
          .body,
      R"({"accepted":1,"refused":[]})"
  );
  ASSERT_EQ(seen->stored.size(), 3u);
  for (auto& one : seen->stored) EXPECT_EQ(one.time, seen->stored[0].time);
}

TEST_F(posted_samples_test, names_what_is_wrong_with_lines_as_a_whole) {
  auto lines = [&](std::string query, std::string body) {
    auto made = request(http_method::post, "/api/v1/samples" + query, "ada");
    made.fields.push_back({"content-type", "application/x-ndjson"});
    return send(made, std::move(body)).status;
  };
  EXPECT_EQ(lines("", "\n\n"), 422);
  EXPECT_EQ(lines("?seq=4", "{}"), 422);
  EXPECT_EQ(lines("?strange=4", "{}"), 422);
  EXPECT_TRUE(seen->asked.empty());
}

}  // namespace
}  // namespace stellwerk::gateway
