// Every row of every table × what a caller can do wrong. A new row is attacked before anyone thinks
// of it.

#include "tests/gateway/gateway_fixture.hpp"

namespace stellwerk::gateway {
namespace {

class every_route : public desk_fixture, public testing::WithParamInterface<const route*> {
 protected:
  const route_words& words() const { return GetParam()->words; }
  bool is_public() const { return words().needs.kind() == requirement::level::nothing; }

  /// The path with something plausible for each name.
  std::string path() const {
    std::string made{words().path};
    auto put = [&](std::string_view name, std::string_view text) {
      if (auto at = made.find(name); at != made.npos) made.replace(at, name.size(), text);
    };
    put("{device}", "tank-1");
    put("{channel}", "level");
    put("{seq}", "7");
    put("{id}", "0190a5b0-0000-7000-8000-000000000001");
    return made;
  }
  http_request as(const std::string& who) { return request(words().method, path(), who); }
  http_answer attack(const http_request& what) {
    return send(what, GetParam()->has_body() ? "{}" : "");
  }
  bool in_path(std::string_view name) const {
    return words().path.find('{' + std::string{name} + '}') != std::string_view::npos;
  }
};

TEST_P(every_route, is_closed_to_callers_without_a_token) {
  auto answer = attack(as(""));
  EXPECT_EQ(answer.status == 401, !is_public());
  if (is_public()) return;
  EXPECT_EQ(code_of(answer), "unauthenticated");
  EXPECT_EQ(field_of(answer, "WWW-Authenticate"), "Bearer");
  EXPECT_TRUE(seen->asked.empty());
}

TEST_P(every_route, is_closed_to_expired_tokens) {
  auto what = as("");
  what.fields.push_back({"authorization", "Bearer " + token("ada", -1000)});
  auto answer = attack(what);
  EXPECT_EQ(answer.status == 401, !is_public());
}

TEST_P(every_route, is_forbidden_without_its_permission) {
  add_user("guest", "customer");
  auto answer = attack(as("guest"));
  auto wants_permission = words().needs.kind() == requirement::level::permission;
  EXPECT_EQ(answer.status == 403, wants_permission);
  EXPECT_TRUE(seen->asked.empty() || !wants_permission);
}

TEST_P(every_route, charges_refusals_and_refuses_them_over_the_limit) {
  add_user("guest", "customer");
  auto strange = as("ada");
  strange.target += "?strange=1";
  auto coded = as("ada");
  coded.fields.push_back({"content-encoding", "gzip"});
  std::vector<std::pair<http_request, std::string>> bad{{strange, ""}, {coded, ""}};
  if (!is_public()) bad.push_back({as(""), ""});
  if (words().needs.kind() == requirement::level::permission) bad.push_back({as("guest"), ""});
  if (GetParam()->has_body()) bad.push_back({as("ada"), "{"});
  bad.push_back({as("ada"), std::string(1'048'577, ' ')});
  for (auto& [what, body] : bad) {
    seen->grants = 1;
    seen->costs.clear();
    auto answer = send(what, body);
    EXPECT_GE(answer.status, 400);
    EXPECT_NE(answer.status, 429) << "as long as it is within the limit";
    EXPECT_EQ(seen->costs.size(), 1u) << answer.body;
    EXPECT_EQ(field_of(answer, "RateLimit-Limit"), "300");
    EXPECT_EQ(send(what, body).status, 429) << answer.body;
    desk.emplace(options, *node, *port);  // which remembers nothing
  }
  EXPECT_TRUE(seen->asked.empty());
}

TEST_P(every_route, is_refused_over_the_limit_before_its_target_is_asked) {
  auto needs_channel = words().path.starts_with("/api/v1/samples") && !GetParam()->has_body() &&
                       words().id != "readLatest";
  std::string needed = needs_channel ? "?channel=tank-1/level" : "";
  seen->grants = 0;
  auto what = as("ada");
  what.target += needed;
  auto answer = attack(what);
  EXPECT_EQ(answer.status, 429) << answer.body;
  EXPECT_EQ(code_of(answer), "over_limit");
  EXPECT_EQ(field_of(answer, "Retry-After"), "17");
  EXPECT_EQ(field_of(answer, "RateLimit-Limit"), "300");
  EXPECT_TRUE(seen->asked.empty());
}

TEST_P(every_route, is_not_known_by_another_method) {
  auto answer = send(request(http_method::put, path(), "ada"));
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(code_of(answer), "method_not_allowed");
  EXPECT_NE(field_of(answer, "Allow").find(name_of(words().method)), std::string::npos);
}

TEST_P(every_route, takes_json_alone) {
  if (!GetParam()->has_body()) return;
  for (auto* type : {"text/plain", "application/xml", "application/json;charset=latin1", ""}) {
    auto what = as("ada");
    what.fields.push_back({"content-type", type});
    EXPECT_EQ(send(what, "{}").status, 415) << type;
  }
  auto what = as("ada");
  what.fields.push_back({"content-encoding", "gzip"});
  EXPECT_EQ(send(what, "{}").status, 415);
  EXPECT_EQ(code_of(send(as("ada"), "{")), "bad_json");
  EXPECT_EQ(send(as("ada"), "[]").status, 422);
  EXPECT_TRUE(seen->asked.empty());
}

TEST_P(every_route, bounds_its_body) {
  auto verdict = desk->judge(as("ada"));
  auto& wanted = std::get<body_wanted>(verdict);
  if (GetParam()->has_body())
    EXPECT_LE(wanted.bytes_max, 1'048'576u);
  else
    EXPECT_EQ(wanted.bytes_max, 0u);
}

TEST_P(every_route, refuses_fields_that_it_does_not_know) {
  auto what = as("ada");
  what.target += "?strange=1";
  auto answer = attack(what);
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find(R"("path":"strange","code":"unknown_field")"), std::string::npos)
      << answer.body;
  if (!GetParam()->has_body() || GetParam()->has_patch) return;
  answer = send(as("ada"), R"({"strange": 1})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find(R"("path":"strange","code":"unknown_field")"), std::string::npos);
  EXPECT_TRUE(seen->asked.empty());
}

TEST_P(every_route, refuses_the_wrong_type_in_each_field) {
  for (auto& shape : GetParam()->fields()) {
    if (in_path(shape.name)) continue;
    auto by_query = !GetParam()->has_body() || words().in_query == shape.name;
    if (by_query && shape.kind == text_kind::text) continue;
    if (GetParam()->has_patch) continue;  // the patch is its actor's to judge
    auto what = as("ada");
    std::string name{shape.name};
    if (by_query) what.target += '?' + name + "=x";
    auto answer = by_query ? attack(what) : send(what, "{\"" + name + "\": [[]]}");
    EXPECT_EQ(answer.status, 422) << name;
    EXPECT_NE(answer.body.find("\"path\":\"" + name), std::string::npos) << answer.body;
  }
  EXPECT_TRUE(seen->asked.empty());
}

TEST_P(every_route, refuses_a_field_of_the_path_in_query_or_body) {
  for (auto& shape : GetParam()->fields()) {
    if (!in_path(shape.name)) continue;
    auto what = as("ada");
    what.target += '?' + std::string{shape.name} + "=other";
    EXPECT_EQ(attack(what).status, 422) << shape.name;
    if (!GetParam()->has_body() || GetParam()->has_patch) continue;
    auto answer = send(as("ada"), "{\"" + std::string{shape.name} + "\": \"other\"}");
    EXPECT_EQ(answer.status, 422) << shape.name;
  }
  EXPECT_TRUE(seen->asked.empty());
}

INSTANTIATE_TEST_SUITE_P(all, every_route, testing::ValuesIn(all_routes()), [](auto& p) {
  return std::string{p.param->words.id};
});

}  // namespace
}  // namespace stellwerk::gateway
