#include "actors/model/samples_json.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "actors/model/codec.hpp"

namespace stellwerk {
namespace {

/// What `decode` makes of it: the batch written out again, or nothing if there are problems.
std::string decoded(std::string_view text) {
  post_samples out;
  return json::decode(text, out).empty() ? json::encode(out) : "";
}
std::string read_plain(std::string_view text) {
  post_samples out;
  return json::read_plain(text, out) ? json::encode(out) : "";
}

struct batch_writer {
  std::mt19937_64 draw;

  std::string one_of(std::initializer_list<const char*> all) {
    return all.begin()[draw() % all.size()];
  }
  std::string sample() {
    auto text = R"({"channel":")" + one_of({"tank/level", "p/1", "stra\u00dfe/\u00e4"}) + "\"";
    if (draw() % 2 == 0)
      text += R"(,"time":)" + one_of(
                                  {R"("2026-11-21T10:00:00.123Z")", "1700000000123", "0", "null",
                                   R"("2026-11-21t10:00:00+01:00")"}
                              );
    text += R"(, "value" : )" +
            one_of(
                {"1", "-7", "1.5", "-0.0", "1e-7", "true", "false", "9223372036854775807",
                 R"("on")", R"("a\"\u00e4")", R"("")", "0.1234567890123456789"}
            );
    if (draw() % 3 == 0) text += R"(,"quality":)" + one_of({R"("good")", R"("stale")", "null"});
    return text + '}';
  }
  std::string batch() {
    std::string text = "{";
    if (draw() % 2 == 0)
      text += R"("source":"p-1","epoch":)" + one_of({"0", "null", "18446744073709551615"}) +
              R"(,"seq":4,)";
    text += R"("samples":[)";
    for (auto n = draw() % 5; n > 0; --n) text += sample() + (n > 1 ? "," : "");
    return text + "]}";
  }
};

struct plain_samples : testing::TestWithParam<unsigned> {};

TEST_P(plain_samples, read_like_the_decoder_what_is_well_formed) {
  batch_writer make{std::mt19937_64{GetParam()}};
  for (int i = 0; i < 500; ++i) {
    auto text = make.batch();
    ASSERT_FALSE(read_plain(text).empty()) << text;
    ASSERT_EQ(read_plain(text), decoded(text)) << text;
  }
}

TEST_P(plain_samples, never_take_what_the_decoder_refuses_or_reads_differently) {
  batch_writer make{std::mt19937_64{GetParam()}};
  auto& draw = make.draw;
  for (int i = 0; i < 3'000; ++i) {
    auto text = make.batch();
    for (auto n = 1 + draw() % 3; n > 0; --n) {
      auto at = draw() % text.size();
      auto length = draw() % 8;
      switch (draw() % 3) {
        case 0:
          text[at] = "\"{}[],:0123456789.-e \\un\x01\xff"[draw() % 25];
          break;
        case 1:
          text.erase(at, length);
          break;
        default:
          text.insert(at, text.substr(draw() % text.size(), length));
      }
      if (text.empty()) text = "{";
    }
    auto plain = read_plain(text);
    if (plain.empty()) continue;
    ASSERT_EQ(plain, decoded(text)) << text;
  }
}
INSTANTIATE_TEST_SUITE_P(seeds, plain_samples, testing::Range(0u, 10u));

TEST(plain_samples_test, leave_to_the_decoder_what_is_wrong_or_unusual) {
  auto with = [](const std::string& sample) { return R"({"samples":[)" + sample + "]}"; };
  for (auto& text :
       {std::string{}, std::string{"[]"}, std::string{"null"}, std::string{"{}{}"},
        std::string{R"({"samples":[],"samples":[]})"},
        std::string{R"({"samples":[],"context":null})"}, with("{}"), with("1"),
        with(R"({"channel":"a"})"), with(R"({"value":1})"), with(R"({"channel":"","value":1})"),
        with(R"({"channel":"a","value":null})"), with(R"({"channel":"a","value":[1]})"),
        with(R"({"channel":1,"value":1})"), with(R"({"channel":"a","value":1,"value":1})"),
        with(R"({"channel":"a","value":1,"unit":"V"})"),
        with(R"({"channel":"a","value":1,"time":"noon"})"),
        with(R"({"channel":"a","value":1e400})"),
        with(R"({"channel":"a","value":")" + std::string(1025, 'x') + "\"}")})
    EXPECT_EQ(read_plain(text), "") << text;
  auto all = with(R"({"channel":"a","value":1})");
  auto many = all.substr(0, all.size() - 2);
  for (int i = 1; i < 10'000; ++i) many += R"(,{"channel":"a","value":1})";
  EXPECT_FALSE(read_plain(many + "]}").empty());
  EXPECT_EQ(read_plain(many + R"(,{"channel":"a","value":1}]})"), "");
}

std::string lines_read(std::string_view text) {
  post_samples out;
  json::read_lines(text, out);
  std::string broken;
  for (auto& one : out.broken) broken += std::to_string(one.index) + ' ' + one.message + '\n';
  return json::encode(out) + broken;
}

TEST(sample_lines, are_a_batch_like_any_other) {
  batch_writer make{std::mt19937_64{7}};
  for (int i = 0; i < 200; ++i) {
    std::string lines, array = R"({"samples":[)";
    for (auto n = 1 + make.draw() % 4; n > 0; --n) {
      auto one = make.sample();
      lines += one + (n % 2 == 0 ? "\r\n\n" : n > 1 ? "\n" : "");
      array += one + (n > 1 ? "," : "]}");
    }
    ASSERT_EQ(lines_read(lines), decoded(array)) << lines;
  }
}

TEST(sample_lines, tell_what_is_none_with_its_number_and_keep_the_rest) {
  auto good = std::string{R"({"channel":"a/b","value":1})"};
  for (auto& [bad, why] : std::initializer_list<std::pair<std::string, std::string>>{
           {R"({"channel":"a/b"})", "value is missing"},
           {R"({"channel":"a/b","value":1},{"channel":"a/b","value":1})", "is not valid JSON"},
           {R"({"channel":"a/b","value":1}],"seq":[7)", "is not valid JSON"},
           {R"({"channel":"a/b","value":1,"x":2})", "x is not known"},
           {R"({"channel":"a/b","value":"x})", "is not valid JSON"},
           {R"({y","quality":"good"})", "is not valid JSON"},
           {"17", " wants an object"},
           {"{", "is not valid JSON"}}) {
    post_samples out;
    json::read_lines(good + "\n\n" + bad + "\n" + good, out);
    ASSERT_EQ(out.samples.size(), 3u) << bad;
    ASSERT_EQ(out.broken.size(), 1u) << bad;
    EXPECT_EQ(out.broken[0].index, 1u);
    EXPECT_EQ(out.broken[0].message.find("line 3: "), 0u) << out.broken[0].message;
    EXPECT_EQ(out.samples[2].channel.str(), "a/b");
    EXPECT_FALSE(out.seq) << bad;
  }
}

TEST(sample_lines, stop_one_beyond_the_limit) {
  std::string lines;
  for (int i = 0; i < 10'050; ++i) lines += "{}\n";
  post_samples out;
  json::read_lines(lines, out);
  EXPECT_EQ(out.samples.size(), 10'001u);
}

TEST(sample_columns, are_samples_of_one_channel) {
  post_samples out;
  ASSERT_TRUE(json::decode(R"({"channel":"a/b","times":[1,2],"values":[true,"x"]})", out).empty());
  ASSERT_TRUE(json::take_columns(out).empty());
  ASSERT_EQ(out.samples.size(), 2u);
  EXPECT_EQ(out.samples[1].channel.str(), "a/b");
  EXPECT_EQ(out.samples[1].time, wall_time{std::chrono::milliseconds{2}});
  EXPECT_EQ(out.samples[1].value, value{"x"});
}

TEST(sample_columns, must_fit_together) {
  for (auto* text :
       {R"({"times":[1],"values":[1]})", R"({"channel":"a/b","times":[1,2],"values":[1]})",
        R"({"channel":"a/b","times":[1],"values":[1],"samples":[{"channel":"a/b","value":1}]})"}) {
    post_samples out;
    ASSERT_TRUE(json::decode(text, out).empty()) << text;
    EXPECT_EQ(json::take_columns(out).size(), 1u) << text;
  }
}

}  // namespace
}  // namespace stellwerk
