#include <gmock/gmock.h>

#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

/// Devices on the real drivers: of these, `simulated` needs no wire.
class devices_simulated_test : public field_site {
 protected:
  void SetUp() override {
    start(drivers());
    auto made = create(R"({"name":"tank-1","driver":"simulated","channels":[
        {"name":"outside","poll_ms":1000,"simulation":{"profile":"sine_wave","amplitude":5}},
        {"name":"setpoint","direction":"both","min":0,"max":95}]})");
    ASSERT_TRUE(made) << render(made.error());
    settle();
  }
};

TEST_F(devices_simulated_test, is_online_and_its_values_come_each_period) {
  EXPECT_EQ(read("tank-1")->link.state, link_state::online);
  recorded->clear();
  advance(10s);
  auto outside = std::ranges::count(*recorded, 1u, &sample::series);
  EXPECT_GE(outside, 9);
  EXPECT_LE(outside, 11);
}

TEST_F(devices_simulated_test, keeps_what_a_command_writes) {
  auto id = command("setpoint", 45.0)->id;
  auto ended = look(id);
  EXPECT_EQ(ended->status, command_status::verified);
  EXPECT_EQ(ended->read_back, value{45.0});
  recorded->clear();
  advance(2s);
  auto setpoint = std::ranges::find(*recorded, 2u, &sample::series);
  ASSERT_NE(setpoint, recorded->end());
  EXPECT_EQ(setpoint->value, value{45.0});
}

TEST_F(devices_simulated_test, a_new_device_is_polled_within_its_period_and_a_deleted_one_is_not) {
  ASSERT_TRUE(create(R"({"name":"late","driver":"simulated","channels":[{"name":"x"}]})"));
  recorded->clear();
  advance(1s);
  EXPECT_GE(std::ranges::count(*recorded, 3u, &sample::series), 1);
  for (auto* name : {"late", "tank-1"})
    ASSERT_TRUE(ask<void>(devices, remove_device{as("admin"), name}));
  recorded->clear();
  advance(10s);
  EXPECT_THAT(*recorded, IsEmpty());
}

}  // namespace
}  // namespace stellwerk
