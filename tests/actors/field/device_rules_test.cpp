#include "actors/field/device_rules.hpp"

#include <gmock/gmock.h>

namespace stellwerk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

problems settings_problem(const json_text& settings, const field_options& /*options*/) {
  if (settings.text.find("bad") == std::string::npos) return {};
  return {{"host", "required", "is missing", "a host"}};
}
problems address_problem(const channel& what) {
  if (what.address.text.find("bad") == std::string::npos) return {};
  return {{"address.register", "required", "is missing", "a number"}};
}

struct rule_row {
  const char* name;
  std::string body;
  std::string path;  // of the one problem; empty: none
  std::string code;

  friend void PrintTo(const rule_row& row, std::ostream* out) { *out << row.name; }
};

class device_rules_test : public testing::TestWithParam<rule_row> {
 protected:
  static problems check(const std::string& body) {
    device_fields fields;
    for (auto& wrong : json::decode(body, fields)) ADD_FAILURE() << wrong.path;
    driver known{};
    known.name = "plc";
    known.check_settings = settings_problem;
    known.check_channel = address_problem;
    return device_rules{{&known, 1}, {}}.check(fields);
  }
  static std::string with_channel(const std::string& more) {
    return R"({"name":"a","driver":"plc","channels":[{"name":"x"},{"name":"y",)" + more + "}]}";
  }
};

TEST_P(device_rules_test, finds_exactly_what_is_wrong) {
  auto& row = GetParam();
  auto body = row.body.starts_with('{') ? row.body : with_channel(row.body);
  auto found = check(body);
  if (row.path.empty()) {
    EXPECT_THAT(found, IsEmpty()) << found[0].path;
  } else {
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].path, row.path);
    EXPECT_EQ(found[0].code, row.code);
  }
}

INSTANTIATE_TEST_SUITE_P(
    rows, device_rules_test,
    testing::Values(
        rule_row{"plain", R"({"name":"a","driver":"plc"})", "", ""},
        rule_row{
            "uuid", R"({"name":"3E484F2C-5939-45b4-aed4-4a2162d713b8","driver":"plc"})", "name",
            "bad_format"},
        rule_row{"driver", R"({"name":"a","driver":"none"})", "driver", "out_of_range"},
        rule_row{
            "settings", R"({"name":"a","driver":"plc","settings":{"bad":1}})", "settings.host",
            "required"},
        rule_row{"address", R"("address":{"bad":1})", "channels[1].address.register", "required"},
        rule_row{
            "twice", R"({"name":"a","driver":"plc","channels":[{"name":"x"},{"name":"x"}]})",
            "channels[1].name", "duplicate"},
        rule_row{"min_is_max", R"("min":1,"max":1)", "", ""},
        rule_row{"min_above_max", R"("min":2,"max":1)", "channels[1].min", "out_of_range"},
        rule_row{"limits_of_bool", R"("type":"bool","max":1)", "channels[1].max", "wrong_type"},
        rule_row{"deadband", R"("deadband":-0.1)", "channels[1].deadband", "out_of_range"},
        rule_row{"tolerance", R"("tolerance":-1)", "channels[1].tolerance", "out_of_range"},
        rule_row{"safe_input", R"("safe_value":1)", "channels[1].safe_value", "not_writable"},
        rule_row{
            "safe_low", R"("direction":"out","min":0,"safe_value":-1)", "channels[1].safe_value",
            "out_of_range"},
        rule_row{
            "safe_type", R"("direction":"out","type":"bool","safe_value":1)",
            "channels[1].safe_value", "wrong_type"},
        rule_row{"safe", R"("direction":"both","min":0,"max":5,"safe_value":5)", "", ""},
        rule_row{"lease_input", R"("lease_s":5)", "channels[1].lease_s", "not_writable"},
        rule_row{
            "lease_nowhere", R"("direction":"out","lease_s":5)", "channels[1].safe_value",
            "required"},
        rule_row{"lease", R"("direction":"out","lease_s":5,"safe_value":1)", "", ""}
    ),
    [](auto& row) { return std::string{row.param.name}; }
);

TEST_F(device_rules_test, counts_tags_and_channels) {
  device_fields fields;
  fields.tags.resize(tags_max + 1, "x");
  for (std::size_t i = 0; i <= channels_max; ++i)
    fields.channels.emplace_back().name = "c" + std::to_string(i);
  driver known{};
  fields.driver = "";
  std::vector<std::string> paths;
  for (auto& one : device_rules{{&known, 1}, {}}.check(fields)) paths.push_back(one.path);
  EXPECT_THAT(paths, ElementsAre("tags", "channels"));
}

TEST_F(device_rules_test, knows_the_classes_of_retention_and_lets_those_stand_that_stood) {
  auto* external = find_driver("external");
  device_rules rules{{external, 1}, {}, {"audit", "energy"}};
  device_fields before;
  before.name = "a";
  before.driver = "external";
  for (auto* name : {"x", "y"}) before.channels.emplace_back().name = name;
  before.channels[1].retention_class = "energy";
  EXPECT_THAT(rules.check(before), IsEmpty());
  auto after = before;
  after.channels[1].retention_class = "enrgy";
  auto found = rules.check(after, &before);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "channels[1].retention_class");
  EXPECT_EQ(found[0].code, "out_of_range");
  EXPECT_EQ(found[0].expected, "audit, energy");
  rules.classes = {"audit"};  // as after a change of the configuration
  after = before;
  after.channels[0].unit = "kW";
  EXPECT_THAT(rules.check(after, &before), IsEmpty());
  EXPECT_EQ(rules.check(after).size(), 1u);
}

TEST(tolerance, is_what_the_driver_says_unless_the_channel_does) {
  auto* modbus = find_driver("modbus_tcp");
  channel setpoint;
  setpoint.address.text = R"({"register":0,"type":"int16"})";
  setpoint.scaling = {scaling_kind::divide, 1, 0, 10, false};
  EXPECT_TRUE(is_same(20.05, 20.0, tolerance_of(setpoint, 20.05, modbus)));
  EXPECT_FALSE(is_same(20.06, 20.0, tolerance_of(setpoint, 20.06, modbus)));
  EXPECT_TRUE(is_same(0.1, static_cast<double>(0.1f), tolerance_of(setpoint, 0.1, nullptr)));
  EXPECT_FALSE(is_same(0.1, 0.11, tolerance_of(setpoint, 0.1, nullptr)));
  setpoint.tolerance = 1.5;
  EXPECT_EQ(tolerance_of(setpoint, 20.0, modbus), 1.5);
}

TEST(writable, asks_the_channel_and_then_its_driver) {
  auto* modbus = find_driver("modbus_tcp");
  channel setpoint;
  setpoint.direction = direction::both;
  setpoint.address.text = R"({"register":0,"type":"int16"})";
  EXPECT_EQ(*writable(setpoint, 20, modbus), value{20.0});
  EXPECT_EQ(*writable(setpoint, 40'000, nullptr), value{40'000.0});
  auto refused = refusal_of(writable(setpoint, 40'000, modbus).error());
  EXPECT_EQ(refused.code, errc::invalid);
  EXPECT_EQ(refused.errors.at(0).code, "not_representable");
}

TEST(tolerance, other_things_than_numbers_are_equal_or_not) {
  EXPECT_TRUE(is_same("a", "a", 1));
  EXPECT_FALSE(is_same("a", "b", 1));
  EXPECT_FALSE(is_same(1.0, "1", 1));
  EXPECT_TRUE(is_same(true, true, 0));
  EXPECT_FALSE(is_same(true, false, 0));
}

}  // namespace
}  // namespace stellwerk
