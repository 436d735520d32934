#include "actors/model/json.hpp"

#include <gtest/gtest.h>

namespace stellwerk {
namespace {

std::string round_trip(std::string_view text) {
  problem why;
  auto parsed = json::parse(text, why);
  return parsed ? json::to_text(*parsed) : "refused: " + why.code;
}

TEST(json_test, keeps_what_is_valid) {
  for (auto* text :
       {"{}", "[]", "null", "0", "-1", "18446744073709551615", "0.1", "1e+22", R"("a\"b\\c")",
        R"({"a":[1,{"b":null}],"c":"ä€😀"})"})
    EXPECT_EQ(round_trip(text), text);
  EXPECT_EQ(round_trip(R"("\u00e4\ud83d\ude00")"), "\"ä😀\"");
  EXPECT_EQ(round_trip(" [ 1 , 2.50 ] "), "[1,2.5]");
  EXPECT_EQ(round_trip("[1e-400,-1e-400,5e-324]"), "[0.0,-0.0,5e-324]");
}

TEST(json_test, refuses_what_is_not_json_or_not_exact) {
  for (auto* text :
       {"",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "+1",
        "nul",
        "NaN",
        "Infinity",
        "1e400",
        "-1e400",
        "18446744073709551616",
        "[1] 2",
        "// x\n1",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\x01\"",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "{\"a\\u0000\":1}",
        "'a'"})
    EXPECT_EQ(round_trip(text).substr(0, 8), "refused:") << text;
  EXPECT_EQ(round_trip(R"({"a":1,"b":2,"a":3})"), "refused: duplicate");
  EXPECT_EQ(round_trip(R"({"x":{"a":1,"\u0061":3}})"), "refused: duplicate");
}

TEST(json_test, refuses_more_depth_and_more_bytes_than_agreed) {
  auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_EQ(round_trip(nested(32)), nested(32));
  EXPECT_EQ(round_trip(nested(33)), "refused: bad_json");
  problem why;
  EXPECT_TRUE(json::parse("[1]", why, {.bytes = 3}));
  EXPECT_FALSE(json::parse("[11]", why, {.bytes = 3}));
  EXPECT_EQ(why.code, "too_long");
}

TEST(json_test, writes_control_characters_as_escapes) {
  std::string out;
  json::write_text(out, "a\"\\\n\x01\x7f");
  EXPECT_EQ(out, R"("a\"\\\n\u0001\u007f")");
}

TEST(json_test, merges_a_patch) {
  problem why;
  auto target = *json::parse(R"({"a":1,"b":{"c":2,"d":3},"e":[1,2]})", why);
  json::merge(target, *json::parse(R"({"a":null,"b":{"c":9},"e":[3],"f":{"g":1}})", why));
  EXPECT_EQ(json::to_text(target), R"({"b":{"c":9,"d":3},"e":[3],"f":{"g":1}})");
}

}  // namespace
}  // namespace stellwerk
