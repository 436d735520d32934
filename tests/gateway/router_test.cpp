#include "gateway/router.hpp"

#include <gtest/gtest.h>

#include <set>

#include "gateway/parameters.hpp"

namespace stellwerk::gateway {
namespace {

const router routes{all_routes()};

TEST(router, finds_the_row_and_the_names_in_the_path) {
  auto found = routes.find(http_method::patch, "/api/v1/devices/tank%2D1/channels/a.b");
  ASSERT_NE(found.row, nullptr);
  EXPECT_EQ(found.row->words.id, "changeChannel");
  EXPECT_EQ(found.in_path, (parameters{{"device", "tank-1"}, {"channel", "a.b"}}));
}

TEST(router, answers_head_by_the_row_of_get) {
  auto found = routes.find(http_method::head, "/api/v1/devices");
  ASSERT_NE(found.row, nullptr);
  EXPECT_EQ(found.row->words.id, "listDevices");
}

TEST(router, prefers_words_to_names) {
  EXPECT_EQ(routes.find(http_method::get, "/api/v1/samples/latest").row->words.id, "readLatest");
  EXPECT_EQ(routes.find(http_method::get, "/api/v1/journal/verify").row->words.id, "verifyJournal");
}

TEST(router, tells_the_methods_of_a_path_that_it_knows) {
  auto found = routes.find(http_method::put, "/api/v1/devices");
  EXPECT_EQ(found.row, nullptr);
  EXPECT_EQ(found.allowed, "GET, HEAD, POST, OPTIONS");
}

TEST(router, knows_each_path_in_one_spelling_only) {
  for (auto* path :
       {"/api/v1/Devices", "/api/v1/devices/", "/api/v1//devices", "/api/v1/./devices",
        "/api/v1/x/../devices", "/api/v1/%2e/devices", "/api/v1/devices%2fa",
        "/api/v1/devices/a%2fb", "/api/v1/devices/a%5cb", "/api/v1/devices/a\\b",
        "/api/v1/devices/a;b", "/api/v1/devices/%00", "/api/v1/devices/%", "/api/v1/devices/%zz",
        "/api/v1/devices/%c0%af", "/api/v1/devices/%ff", "api/v1/devices", ""}) {
    auto found = routes.find(http_method::get, path);
    EXPECT_EQ(found.row, nullptr) << path;
    EXPECT_EQ(found.allowed, "") << path;
  }
}

TEST(routes, have_ids_and_places_of_their_own) {
  std::set<std::string_view> ids;
  std::set<std::pair<http_method, std::string_view>> places;
  for (auto* row : all_routes()) {
    EXPECT_TRUE(ids.insert(row->words.id).second) << row->words.id;
    EXPECT_TRUE(places.emplace(row->words.method, row->words.path).second) << row->words.path;
    EXPECT_NE(row->words.limit, rate_class::none) << row->words.id;
    EXPECT_FALSE(row->words.summary.empty()) << row->words.id;
  }
}

TEST(routes, name_fields_of_their_request_in_the_path) {
  for (auto* row : all_routes()) {
    auto path = row->words.path;
    for (auto at = path.find('{'); at != path.npos; at = path.find('{', at + 1)) {
      auto name = path.substr(at + 1, path.find('}', at) - at - 1);
      auto& shapes = row->fields();
      EXPECT_NE(std::ranges::find(shapes, name, &field_shape::name), shapes.end()) << path;
    }
  }
}

TEST(query_parameters, are_decoded_once) {
  EXPECT_EQ(
      query_parameters("a=1&b=x%20y+z&a=%252F&c"),
      (parameters{{"a", "1"}, {"b", "x y z"}, {"a", "%2F"}, {"c", ""}})
  );
  EXPECT_FALSE(query_parameters("a=%"));
  EXPECT_FALSE(query_parameters("a=%g1"));
  EXPECT_FALSE(query_parameters("%ff=1"));
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a=1&";
  EXPECT_FALSE(query_parameters(many));
}

TEST(add_parameters, gives_each_text_the_kind_of_its_field) {
  std::vector<field_shape> shapes{{"n", text_kind::integer}, {"x", text_kind::number},
                                  {"b", text_kind::boolean}, {"t", text_kind::time},
                                  {"s", text_kind::text},    {"l", text_kind::text, true}};
  boost::json::object made;
  json::reader found;
  add_parameters(
      made,
      {{"n", "7"}, {"x", "1.5"}, {"b", "true"}, {"t", "1700"}, {"s", "7"}, {"l", "a"}, {"l", "b"}},
      shapes, found
  );
  EXPECT_EQ(json::to_text(made), R"({"n":7,"x":1.5,"b":true,"t":1700,"s":"7","l":["a","b"]})");
  add_parameters(made, {{"s", "again"}}, shapes, found);
  auto problems = found.take();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path, "s");
  EXPECT_EQ(problems[0].code, "duplicate");
}

}  // namespace
}  // namespace stellwerk::gateway
