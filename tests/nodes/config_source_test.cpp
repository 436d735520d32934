#include "nodes/config_source.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "actors/model/codec.hpp"

namespace stellwerk {

// g++ 12 crashes on a braced list as default of a described member: hence a function.
inline std::vector<std::string> default_listen() { return {"http://127.0.0.1:8080"}; }

struct listener_options {
  std::vector<std::string> listen = default_listen();
  bounded<std::uint16_t, 1, 200> most = 20;
  bool strict = false;
};
BOOST_DESCRIBE_STRUCT(listener_options, (), (listen, most, strict))
struct small_options {
  std::string site = "north";
  listener_options gateway;
};
BOOST_DESCRIBE_STRUCT(small_options, (), (site, gateway))

namespace {

class config_source_test : public testing::Test {
 protected:
  config_complaints read(const std::string& toml) {
    auto path = std::filesystem::temp_directory_path() /
                ("stellwerk_config_" + std::to_string(getpid()) + ".toml");
    std::ofstream{path} << toml;
    config_source source;
    config_complaints wrong;
    add_toml(source, path, wrong);
    std::filesystem::remove(path);
    problem why;
    auto defaults = *json::parse(json::encode(small_options{}), why);
    add_environment(source, defaults, variables, wrong);
    if (!wrong.empty()) return wrong;
    json::reader reader;
    json::read(source.content, options, reader);
    auto lines = located(reader.take(), source);
    for (auto& line : lines)
      if (line.starts_with(path.string())) line.erase(0, path.string().size() + 1);
    return lines;
  }
  environment variables;
  small_options options;
};

TEST_F(config_source_test, takes_defaults_then_the_file_then_the_environment) {
  variables = {{"STELLWERK_GATEWAY_MOST", "30"}, {"STELLWERK_GATEWAY_LISTEN", "a,b"}};
  EXPECT_EQ(read("[gateway]\nmost = 25\nstrict = true\n"), config_complaints{});
  EXPECT_EQ(options.site, "north");
  EXPECT_EQ(options.gateway.most, 30);
  EXPECT_TRUE(options.gateway.strict);
  EXPECT_EQ(options.gateway.listen, (std::vector<std::string>{"a", "b"}));
}

TEST_F(config_source_test, refuses_variables_that_are_no_keys) {
  variables = {{"STELLWERK_GATEWAY_MOTS", "30"}};
  EXPECT_EQ(
      read(""), (config_complaints{
                    "STELLWERK_GATEWAY_MOTS: is no key's variable: correct its name or unset it"})
  );
}

TEST_F(config_source_test, says_all_that_is_wrong_with_place_and_remedy) {
  variables = {{"STELLWERK_GATEWAY_STRICT", "maybe"}};
  EXPECT_EQ(
      read("colour = 1\n[gateway]\nmost = 0\nlisten = [\"a\", 7]\n"),
      (config_complaints{
          "4: gateway.listen[1]: is a number: wants a text",
          "3: gateway.most: outside the limits: wants an integer from 1 to 200",
          "STELLWERK_GATEWAY_STRICT: gateway.strict: is string: wants true or false",
          "1: colour: is not known: wants no such member"})
  );
}

TEST_F(config_source_test, names_the_line_of_a_syntax_error_and_a_missing_file) {
  auto wrong = read("[gateway\n");
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_NE(wrong[0].find(".toml:1: "), std::string::npos) << wrong[0];
  config_source source;
  config_complaints missing;
  add_toml(source, "/no/such/file.toml", missing);
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].find("/no/such/file.toml: "), 0u) << missing[0];
}

TEST_F(config_source_test, prints_what_it_reads) {
  problem why;
  auto text = to_toml(*json::parse(json::encode(options), why));
  EXPECT_EQ(read(text), config_complaints{}) << text;
}

}  // namespace
}  // namespace stellwerk
