#include "actors/model/codec.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <cmath>
#include <random>

#include "actors/model/commands.hpp"
#include "actors/model/devices.hpp"

namespace stellwerk {

// Not in an unnamed namespace: CAF looks for `inspect` where a type lives.
enum class colour : std::uint8_t { red, green_ };
BOOST_DESCRIBE_ENUM(colour, red, green_)
struct inner {
  bounded<std::uint16_t, 1, 125> count = 1;
  std::optional<double> factor;
};
BOOST_DESCRIBE_STRUCT(inner, (), (count, factor))
struct outer {
  text<1, 5, charset::name> name;
  std::vector<inner> parts;
  colour paint = colour::red;
  value content;
  json::flat<inner> own;
  wall_time register_{};
};
BOOST_DESCRIBE_STRUCT(outer, (), (name, parts, paint, content, own, register_))

namespace {

constexpr auto good = R"({"name":"pump","parts":[{"count":2,"factor":0.1},{"count":125}],)"
                      R"("paint":"GREEN","content":3,"count":7,"register":"2026-11-21T10:00:00Z"})";

TEST(codec_test, reads_a_described_struct_and_writes_it_again) {
  outer x;
  ASSERT_TRUE(json::decode(good, x).empty());
  EXPECT_EQ(x.name, "pump");
  EXPECT_EQ(x.parts.at(0).factor, 0.1);
  EXPECT_EQ(x.paint, colour::green_);
  EXPECT_EQ(x.own.fields.count, 7);
  EXPECT_EQ(
      json::encode(x),
      R"({"name":"pump","parts":[{"count":2,"factor":0.1},{"count":125,"factor":null}],)"
      R"("paint":"green","content":3,"count":7,"factor":null,)"
      R"("register":"2026-11-21T10:00:00.000Z"})"
  );
}

struct bad_case {
  const char* json;
  const char* path;
  const char* code;
};
class bad_body : public testing::TestWithParam<bad_case> {};

TEST_P(bad_body, is_refused_with_the_path_of_its_problem) {
  outer x;
  auto found = json::decode(GetParam().json, x);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().path, GetParam().path) << GetParam().json;
  EXPECT_EQ(found.front().code, GetParam().code) << GetParam().json;
}
INSTANTIATE_TEST_SUITE_P(
    codec, bad_body,
    testing::Values(
        bad_case{R"({"content":1})", "name", "required"},
        bad_case{R"({"name":"a"})", "content", "required"},
        bad_case{R"({"name":"","content":1})", "name", "too_short"},
        bad_case{R"({"name":"abcdef","content":1})", "name", "too_long"},
        bad_case{R"({"name":"a b","content":1})", "name", "bad_format"},
        bad_case{R"({"name":7,"content":1})", "name", "wrong_type"},
        bad_case{R"({"name":"a","content":1,"x":1})", "x", "unknown_field"},
        bad_case{
            R"({"name":"a","content":1,"parts":[{"count":0}]})", "parts[0].count", "out_of_range"},
        bad_case{
            R"({"name":"a","content":1,"parts":[{"count":1},{"count":126}]})", "parts[1].count",
            "out_of_range"},
        bad_case{
            R"({"name":"a","content":1,"parts":[{"count":1.5}]})", "parts[0].count",
            "out_of_range"},
        bad_case{R"({"name":"a","content":1,"parts":{}})", "parts", "wrong_type"},
        bad_case{R"({"name":"a","content":1,"paint":"blue"})", "paint", "out_of_range"},
        bad_case{R"({"name":"a","content":null})", "content", "wrong_type"},
        bad_case{R"({"name":"a","content":1,"register":"yesterday"})", "register", "bad_format"},
        bad_case{R"([])", "", "wrong_type"}, bad_case{"{", "", "bad_json"},
        bad_case{R"({"name":"a","name":"b","content":1})", "", "duplicate"}
    )
);

TEST(codec_test, names_all_problems_at_once_but_no_more_than_the_limit) {
  outer x;
  EXPECT_EQ(json::decode(R"({"parts":[{"count":0},{"factor":"x"}],"y":1})", x).size(), 5u);
  std::vector<std::string> many;
  std::string ones = "[1";
  for (int i = 0; i < 500; ++i) ones += ",1";
  EXPECT_EQ(json::decode(ones + "]", many).size(), json::reader::problems_max);
}

TEST(codec_test, tells_the_schema_with_limits_words_and_what_is_required) {
  EXPECT_EQ(
      json::schema<inner>(),
      R"({"type":"object","additionalProperties":false,"properties":{"count":)"
      R"({"type":"integer","minimum":1,"maximum":125},"factor":{"type":"number"}}})"
  );
  auto whole = json::schema<outer>();
  EXPECT_NE(whole.find(R"("required":["name","content"])"), whole.npos) << whole;
  EXPECT_NE(whole.find(R"("enum":["red","green"])"), whole.npos) << whole;
  problem why;
  EXPECT_TRUE(json::parse(whole, why)) << why.message;
}

TEST(codec_test, hides_the_context_from_json) {
  send_command x;
  ASSERT_TRUE(json::decode(R"({"device":"d","channel":"c","value":true})", x).empty());
  EXPECT_FALSE(json::decode(R"({"device":"d","channel":"c","value":1,"context":{}})", x).empty());
}

TEST(codec_test, survives_the_wire_format_both_ways) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  outer x;
  ASSERT_TRUE(json::decode(good, x).empty());
  std::vector<char> bytes;
  caf::binary_serializer sink{system, bytes};
  ASSERT_EQ(sink(x), caf::none);
  outer back;
  caf::binary_deserializer source{system, bytes};
  ASSERT_EQ(source(back), caf::none);
  EXPECT_EQ(json::encode(back), json::encode(x));
}

TEST(codec_test, keeps_every_double_to_the_last_bit) {
  std::mt19937_64 seed{7};
  for (int i = 0; i < 20'000; ++i) {
    auto x = std::bit_cast<double>(seed());
    if (!std::isfinite(x)) continue;
    double back = 0;
    ASSERT_TRUE(json::decode(json::encode(x), back).empty()) << json::encode(x);
    ASSERT_EQ(std::bit_cast<std::uint64_t>(back), std::bit_cast<std::uint64_t>(x));
  }
}

}  // namespace
}  // namespace stellwerk
