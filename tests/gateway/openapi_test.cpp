#include "gateway/openapi.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>

namespace stellwerk::gateway {
namespace {

TEST(openapi, tells_of_every_row_with_its_parameters_body_and_answer) {
  auto document = boost::json::parse(openapi_document(all_routes()));
  auto& paths = document.at("paths");
  for (auto* row : all_routes()) {
    boost::json::string path{row->words.path.data(), row->words.path.size()};
    auto& operation = paths.at(path).at(to_word(row->words.method));
    EXPECT_EQ(operation.at("operationId").as_string(), std::string{row->words.id});
  }
  auto& send = paths.at("/api/v1/devices/{device}/commands").at("post");
  auto& parameters = send.at("parameters").as_array();
  ASSERT_EQ(parameters.size(), 2u);
  EXPECT_EQ(parameters[0].at("name").as_string(), "device");
  EXPECT_EQ(parameters[0].at("in").as_string(), "path");
  EXPECT_EQ(parameters[1].at("name").as_string(), "wait_ms");
  EXPECT_EQ(parameters[1].at("in").as_string(), "query");
  EXPECT_EQ(parameters[1].at("schema").at("maximum").as_int64(), 30'000);
  auto& body = send.at("requestBody").at("content").at("application/json").at("schema");
  EXPECT_TRUE(body.at("properties").as_object().contains("value"));
  EXPECT_FALSE(body.at("properties").as_object().contains("device"));
  EXPECT_TRUE(send.at("responses").as_object().contains("202"));
}

/// What clients build on changes only on purpose.
TEST(openapi, is_as_published) {
  std::ifstream in{"docs/openapi.json"};
  std::string published{std::istreambuf_iterator<char>(in), {}};
  auto present = openapi_document(all_routes()) + "\n";
  if (published == present) return;
  auto path = testing::TempDir() + "openapi.json";
  std::ofstream{path} << present;
  FAIL() << "the API has changed: if that is meant, cp " << path << " docs/openapi.json";
}

}  // namespace
}  // namespace stellwerk::gateway
