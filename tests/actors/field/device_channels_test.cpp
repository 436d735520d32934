#include <gmock/gmock.h>

#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class device_channels_test : public field_site {
 protected:
  void SetUp() override {
    start();
    made = create(tank);
    ASSERT_TRUE(made);
  }
  caf::expected<channel> add(const std::string& body, context_ptr by = as("operator")) {
    channel what;
    for (auto& wrong : json::decode(body, what)) ADD_FAILURE() << wrong.path;
    return ask<channel>(devices, create_channel{by, "tank-1", {what}});
  }
  caf::expected<channel> change(const std::string& name, const std::string& with) {
    return ask<channel>(devices, change_channel{as("operator"), "tank-1", name, {with}});
  }
  caf::expected<void> drop(const std::string& name) {
    return ask<void>(devices, remove_channel{as("operator"), "tank-1", name});
  }
  std::uint32_t series(const std::string& name) {
    published<named_channel>::reader look{names->by_name};
    auto* found = look.find("tank-1/" + name);
    return found == nullptr ? 0 : found->series;
  }
  std::string name_of_series(std::uint32_t number) {
    published<named_series>::reader look{names->by_series};
    auto* found = look.find(std::to_string(number));
    return found == nullptr ? "" : found->channel;
  }
  std::size_t served() { return line().served.at(made->id).points.size(); }

  caf::expected<device_view> made{caf::error{}};
};

TEST_F(device_channels_test, a_new_one_is_published_served_and_told) {
  auto added = add(R"({"name":"flow","unit":"l/min"})");
  ASSERT_TRUE(added) << render(added.error());
  EXPECT_EQ(added->unit, "l/min");
  EXPECT_EQ(series("flow"), 5u);
  EXPECT_EQ(name_of_series(5), "tank-1/flow");
  EXPECT_EQ(served(), 5u);
  EXPECT_THAT(disk->told("channel."), ElementsAre("channel.created channel/tank-1/flow"));
  auto all = ask<channel_page>(devices, list_channels{as("viewer"), "tank-1"});
  EXPECT_THAT(all->items, SizeIs(5));
}

TEST_F(device_channels_test, a_class_of_retention_is_one_that_there_is_and_published) {
  auto class_of = [&](std::uint32_t number) {
    published<named_series>::reader look{names->by_series};
    auto* found = look.find(std::to_string(number));
    return found == nullptr ? "none" : found->retention_class;
  };
  auto wrong = refusal_of(change("level", R"({"retention_class":"energy"})").error());
  EXPECT_EQ(wrong.code, errc::invalid);
  EXPECT_EQ(wrong.errors.at(0).path, "retention_class");
  crash();
  classes = {"energy"};
  start();
  auto changed = change("level", R"({"retention_class":"energy"})");
  ASSERT_TRUE(changed) << render(changed.error());
  EXPECT_EQ(changed->retention_class, "energy");
  EXPECT_EQ(class_of(1), "energy");
  EXPECT_EQ(class_of(2), "");
  ASSERT_TRUE(add(R"({"name":"flow","retention_class":"energy"})"));
  EXPECT_EQ(class_of(5), "energy");
  crash();
  classes.clear();
  start();
  EXPECT_EQ(class_of(1), "energy") << "a channel keeps its word";
  ASSERT_TRUE(change("level", R"({"unit":"cm"})"));
  ASSERT_TRUE(change("level", R"({"retention_class":null})"));
  EXPECT_EQ(class_of(1), "");
}

TEST_F(device_channels_test, a_name_is_taken_once) {
  EXPECT_EQ(refusal_of(add(R"({"name":"level"})").error()).code, errc::name_taken);
  EXPECT_EQ(refusal_of(change("pump", R"({"name":"level"})").error()).code, errc::name_taken);
}

TEST_F(device_channels_test, a_repeat_by_key_gets_the_channel_that_was_made) {
  auto by = as("operator", "*", "key-1");
  ASSERT_TRUE(add(R"({"name":"flow"})", by));
  auto again = add(R"({"name":"flow"})", by);
  ASSERT_TRUE(again) << render(again.error());
  EXPECT_EQ(again->name, "flow");
  EXPECT_THAT(disk->told("channel.created"), SizeIs(1));
  auto other = add(R"({"name":"flow"})", as("operator", "*", "key-2"));
  EXPECT_EQ(refusal_of(other.error()).code, errc::name_taken);
}

TEST_F(device_channels_test, problems_are_seen_from_the_channel) {
  auto wrong = refusal_of(add(R"({"name":"flow","min":2,"max":1})").error());
  ASSERT_THAT(wrong.errors, SizeIs(1));
  EXPECT_EQ(wrong.errors[0].path, "min");
  wrong = refusal_of(change("level", R"({"poll_ms":1})").error());
  EXPECT_EQ(wrong.errors.at(0).path, "poll_ms");
}

TEST_F(device_channels_test, a_renamed_one_keeps_its_series) {
  auto renamed = change("level", R"({"name":"height","unit":"m"})");
  ASSERT_TRUE(renamed) << render(renamed.error());
  EXPECT_EQ(renamed->name, "height");
  EXPECT_EQ(series("height"), 1u);
  EXPECT_EQ(series("level"), 0u);
  EXPECT_EQ(name_of_series(1), "tank-1/height");
  EXPECT_THAT(disk->told("channel."), ElementsAre("channel.updated channel/tank-1/height"));
  EXPECT_THAT(disk->told("device.updated"), IsEmpty());
}

TEST_F(device_channels_test, a_series_is_never_used_again_not_even_after_a_crash) {
  ASSERT_TRUE(drop("pump"));
  EXPECT_EQ(series("pump"), 0u);
  EXPECT_EQ(name_of_series(4), "");
  EXPECT_EQ(served(), 3u);
  ASSERT_TRUE(add(R"({"name":"pump"})"));
  EXPECT_EQ(series("pump"), 5u);
  ASSERT_TRUE(drop("pump"));
  crash();
  start();
  ASSERT_TRUE(add(R"({"name":"pump"})"));
  EXPECT_EQ(series("pump"), 6u);
}

TEST_F(device_channels_test, one_that_is_not_there_is_not_found) {
  EXPECT_EQ(change("none", "{}").error(), refuse(errc::not_found));
  EXPECT_EQ(drop("none").error(), refuse(errc::not_found));
}

TEST_F(device_channels_test, replacing_all_of_them_tells_of_each) {
  ASSERT_TRUE(patch("tank-1", R"({"channels":[{"name":"level","unit":"cm"},{"name":"new"}]})"));
  auto told = disk->told("channel.");
  EXPECT_THAT(told, SizeIs(5));
  EXPECT_THAT(told, Contains("channel.updated channel/tank-1/level"));
  EXPECT_THAT(told, Contains("channel.created channel/tank-1/new"));
  EXPECT_THAT(told, Contains("channel.deleted channel/tank-1/pump"));
}

}  // namespace
}  // namespace stellwerk
