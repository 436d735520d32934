#include <gtest/gtest.h>

#include "actors/model/json.hpp"
#include "actors/model/time.hpp"
#include "tests/system/site.hpp"

namespace stellwerk::system_test {
namespace {

using namespace std::chrono_literals;

class field_test : public testing::Test {
 protected:
  void SetUp() override {
    s.start();
    for (int unit : {1, 2}) {
      auto name = "tank-" + std::to_string(unit);
      ASSERT_EQ(s.admin("POST", "/api/v1/devices", tank_json(name, p.port(), unit)).status, 201);
    }
    ASSERT_TRUE(eventually([&] { return link("tank-1") == "online"; }, 10s));
    ASSERT_TRUE(eventually([&] { return link("tank-2") == "online"; }, 10s));
  }

  std::string link(const std::string& device) {
    auto told = s.admin("GET", "/api/v1/devices/" + device);
    return told.status == 200 ? text_of(told.body.at("link"), "state") : "";
  }
  bj::value latest(const std::string& channel) {
    auto told = s.admin("GET", "/api/v1/samples/latest?channel=" + channel);
    auto& items = told.body.at("items").get_array();
    return items.empty() ? bj::value{} : items.at(0);
  }
  bj::value set(const std::string& channel, const std::string& value) {
    return s
        .admin(
            "POST", "/api/v1/devices/tank-1/commands?wait_ms=5000",
            R"({"channel":")" + channel + R"(","value":)" + value + "}"
        )
        .body;
  }

  scratch folder;
  plant p{folder.path()};
  site s;
};

TEST_F(field_test, shows_a_live_value_and_verifies_a_command) {
  ASSERT_TRUE(eventually([&] { return latest("tank-1/temperature").is_object(); }, 5s));
  auto before = latest("tank-1/temperature").at("value").to_number<double>();
  EXPECT_GT(before, 0);
  auto command = set("setpoint", "71.5");
  EXPECT_EQ(text_of(command, "status"), "verified") << json::to_text(command);
  EXPECT_EQ(command.at("read_back").to_number<double>(), 71.5);
  EXPECT_TRUE(eventually(
      [&] { return latest("tank-1/temperature").at("value").to_number<double>() > before + 0.5; },
      20s
  ));
  EXPECT_EQ(p.writes(), 1u);
}

TEST_F(field_test, refuses_what_the_channel_cannot_take) {
  EXPECT_EQ(text_of(set("setpoint", "95.1"), "code"), "out_of_range");
  EXPECT_EQ(text_of(set("temperature", "20"), "code"), "not_writable");
  EXPECT_EQ(text_of(set("nothing", "20"), "code"), "invalid");
  EXPECT_EQ(p.writes(), 0u);
}

TEST_F(field_test, marks_a_silent_unit_stale_and_leaves_its_neighbour_alone) {
  p.fault(1, "silent");
  EXPECT_TRUE(eventually([&] { return link("tank-1") == "offline"; }, 15s));
  EXPECT_TRUE(
      eventually([&] { return text_of(latest("tank-1/temperature"), "quality") == "stale"; }, 5s)
  );
  EXPECT_EQ(link("tank-2"), "online");
  EXPECT_LT(latest("tank-2/temperature").at("age_ms").to_number<int>(), 2000);
  p.fault(1, "none");
  EXPECT_TRUE(eventually([&] { return link("tank-1") == "online"; }, 10s));
  EXPECT_TRUE(
      eventually([&] { return text_of(latest("tank-1/temperature"), "quality") == "good"; }, 5s)
  );
}

TEST_F(field_test, knows_at_once_that_its_line_is_lost_and_comes_back_by_itself) {
  p.listen(false);
  EXPECT_TRUE(eventually([&] { return link("tank-1") == "offline"; }, 5s));
  EXPECT_TRUE(eventually([&] { return text_of(latest("tank-2/level"), "quality") == "stale"; }, 2s)
  );
  p.listen(true);
  auto healed = std::chrono::steady_clock::now();
  EXPECT_TRUE(
      eventually([&] { return text_of(latest("tank-1/temperature"), "quality") == "good"; }, 10s)
  );
  std::cout << "back after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::steady_clock::now() - healed
               )
                   .count()
            << " ms\n";
}

TEST_F(field_test, sends_a_waiting_command_when_the_line_is_back_and_never_after_its_time) {
  p.listen(false);
  ASSERT_TRUE(eventually([&] { return link("tank-1") == "offline"; }, 5s));
  auto late = s.admin(
      "POST", "/api/v1/devices/tank-1/commands",
      R"({"channel":"pump","value":true,"expires_in_ms":200})"
  );
  auto waiting = s.admin(
      "POST", "/api/v1/devices/tank-1/commands",
      R"({"channel":"setpoint","value":40,"expires_in_ms":20000})"
  );
  ASSERT_EQ(waiting.status, 202) << json::to_text(waiting.body);
  auto status = [&](const answer& of) {
    return text_of(s.admin("GET", "/api/v1/commands/" + text_of(of.body, "id")).body, "status");
  };
  EXPECT_TRUE(eventually([&] { return status(late) == "expired"; }, 5s)) << status(late);
  p.listen(true);
  EXPECT_TRUE(eventually([&] { return status(waiting) == "verified"; }, 10s)) << status(waiting);
  EXPECT_EQ(p.writes(), 1u);
}

}  // namespace
}  // namespace stellwerk::system_test
