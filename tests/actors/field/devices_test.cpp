#include <gmock/gmock.h>

#include "actors/model/ids.hpp"
#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class devices_test : public field_site {
 protected:
  void SetUp() override { start(); }

  const named_channel* named(const std::string& path) {
    look_.emplace(names->by_name);
    return look_->find(path);
  }

 private:
  std::optional<published<named_channel>::reader> look_;
};

TEST_F(devices_test, refuses_until_all_is_loaded) {
  disk->silent = true;
  crash();
  start();
  EXPECT_EQ(read("tank-1").error(), refuse(errc::not_ready));
  auto state = ask<field_readiness>(devices, read_readiness{});
  EXPECT_FALSE(state->loaded);
}

TEST_F(devices_test, answers_a_new_device_whole_and_publishes_its_channels_first) {
  auto made = create(tank);
  ASSERT_TRUE(made) << render(made.error());
  EXPECT_TRUE(is_uuid(made->id));
  EXPECT_EQ(made->fields.fields.channels.size(), 4u);
  EXPECT_EQ(made->revision, disk->revision);
  EXPECT_EQ(made->created_at, *wall);
  auto* level = named("tank-1/level");
  ASSERT_NE(level, nullptr);
  EXPECT_EQ(level->series, 1u);
  EXPECT_EQ(level->device_id, made->id);
  EXPECT_FALSE(level->pushed);
  EXPECT_THAT(disk->told("device.created"), ElementsAre("device.created device/tank-1"));
}

TEST_F(devices_test, is_found_by_id_and_by_name_in_any_case) {
  auto made = create(tank);
  EXPECT_EQ(read(made->id)->id, made->id);
  EXPECT_EQ(read("TANK-1")->id, made->id);
  EXPECT_EQ(read("tank-2").error(), refuse(errc::not_found));
}

TEST_F(devices_test, names_are_unique_among_devices_that_are_not_deleted) {
  auto first = create(tank);
  EXPECT_EQ(create(R"({"name":"Tank-1","driver":"fake"})").error(), refuse(errc::name_taken));
  ASSERT_TRUE(ask<void>(devices, remove_device{as("admin"), first->id}));
  ASSERT_TRUE(create(R"({"name":"Tank-1","driver":"fake"})"));
  auto back = ask<device_view>(devices, restore_device{as("admin"), first->id});
  EXPECT_EQ(back.error(), refuse(errc::name_taken));
}

TEST_F(devices_test, two_creators_of_one_name_get_one_device) {
  auto fields = fields_of(tank);
  auto one = begin<device_view>(devices, create_device{as("admin"), {fields}});
  auto other = begin<device_view>(devices, create_device{as("admin"), {fields}});
  settle(7);
  EXPECT_NE((*one)->engaged(), (*other)->engaged());
  EXPECT_EQ(list()->items.size(), 1u);
}

TEST_F(devices_test, an_idempotency_key_makes_one_device_under_fifty_repeats) {
  auto by = as("admin", "*", "key-1");
  std::vector<answer<device_view>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(begin<device_view>(devices, create_device{by, {fields_of(tank)}}));
  settle(3);
  for (auto& one : answers) {
    ASSERT_TRUE(*one && **one) << render((*one)->error());
    EXPECT_EQ((**one)->id, (**answers[0])->id);
  }
  EXPECT_EQ(disk->told("device.created").size(), 1u);
}

TEST_F(devices_test, tells_everything_that_is_wrong_with_a_body_at_once) {
  auto refused =
      create(R"({"name":"x","driver":"none","channels":[{"name":"a","min":2,"max":1}]})");
  auto told = refusal_of(refused.error());
  EXPECT_EQ(told.code, errc::invalid);
  ASSERT_EQ(told.errors.size(), 2u);
  EXPECT_EQ(told.errors[0].path, "driver");
  EXPECT_EQ(told.errors[1].path, "channels[0].min");
}

TEST_F(devices_test, a_patch_is_merged_and_read_by_the_same_rules) {
  create(tank);
  auto changed = patch("tank-1", R"({"location":"Hall 3","tags":["x"],"maintenance":true})");
  ASSERT_TRUE(changed) << render(changed.error());
  EXPECT_EQ(changed->fields.fields.location, "Hall 3");
  EXPECT_EQ(changed->fields.fields.channels.size(), 4u);
  EXPECT_EQ(changed->availability, availability::maintenance);
  EXPECT_THAT(disk->events.back().data.text, HasSubstr(R"(["location","tags","maintenance"])"));
  EXPECT_EQ(refusal_of(patch("tank-1", R"({"colour":1})").error()).errors[0].code, "unknown_field");
  EXPECT_EQ(refusal_of(patch("tank-1", R"({"name":""})").error()).errors[0].path, "name");
}

TEST_F(devices_test, a_patch_that_changes_nothing_writes_nothing) {
  auto made = create(tank);
  auto before = disk->revision;
  EXPECT_EQ(patch("tank-1", R"({"tags":["hall-a"]})")->revision, made->revision);
  EXPECT_EQ(disk->revision, before);
}

TEST_F(devices_test, if_match_lets_only_the_seen_revision_be_changed) {
  auto made = create(tank);
  auto seen = matching(made->revision);
  EXPECT_TRUE(patch("tank-1", R"({"location":"a"})", seen));
  EXPECT_EQ(patch("tank-1", R"({"location":"b"})", seen).error(), refuse(errc::stale_revision));
  auto removed = ask<void>(devices, remove_device{seen, "tank-1"});
  EXPECT_EQ(removed.error(), refuse(errc::stale_revision));
}

TEST_F(devices_test, changes_at_the_same_time_are_all_kept) {
  create(tank);
  std::vector<answer<device_view>> answers;
  for (auto* body : {R"({"location":"a"})", R"({"kind":"plc"})", R"({"bookable":true})"})
    answers.push_back(begin<device_view>(devices, change_device{as("admin"), "tank-1", {body}}));
  settle(11);
  for (auto& one : answers) EXPECT_TRUE(*one && **one);
  auto now = read("tank-1")->fields.fields;
  EXPECT_EQ(now.location, "a");
  EXPECT_EQ(now.kind, device_kind::plc);
  EXPECT_TRUE(now.bookable);
}

TEST_F(devices_test, renaming_moves_names_and_keeps_series) {
  create(tank);
  ASSERT_TRUE(patch("tank-1", R"({"name":"boiler"})"));
  EXPECT_EQ(named("tank-1/level"), nullptr);
  EXPECT_EQ(named("boiler/level")->series, 1u);
  EXPECT_TRUE(create(tank));
  EXPECT_EQ(patch("boiler", R"({"name":"tank-1"})").error(), refuse(errc::name_taken));
}

TEST_F(devices_test, a_deleted_device_is_gone_and_comes_back_with_its_series) {
  auto made = create(tank);
  ASSERT_TRUE(ask<void>(devices, remove_device{as("admin"), "tank-1"}));
  EXPECT_EQ(read(made->id).error(), refuse(errc::not_found));
  EXPECT_EQ(named("tank-1/level"), nullptr);
  EXPECT_THAT(line().dropped, ElementsAre(made->id));
  auto back = ask<device_view>(devices, restore_device{as("admin"), made->id});
  ASSERT_TRUE(back) << render(back.error());
  EXPECT_EQ(named("tank-1/level")->series, 1u);
  EXPECT_TRUE(line().served.contains(made->id));
  EXPECT_THAT(
      disk->told("device."), ElementsAre(
                                 "device.created device/tank-1", "device.deleted device/tank-1",
                                 "device.restored device/tank-1"
                             )
  );
}

TEST_F(devices_test, a_store_that_does_not_answer_ends_it_with_the_outcome_unknown) {
  create(tank);
  disk->silent = true;
  EXPECT_EQ(patch("tank-1", R"({"location":"a"})").error(), refuse(errc::outcome_unknown));
  disk->silent = false;
  start();
  EXPECT_EQ(read("tank-1")->fields.fields.location, "");
}

TEST_F(devices_test, a_refusing_store_changes_nothing) {
  create(tank);
  disk->refuses = errc::storage_full;
  EXPECT_EQ(patch("tank-1", R"({"location":"a"})").error(), refuse(errc::storage_full));
  EXPECT_EQ(read("tank-1")->fields.fields.location, "");
}

TEST_F(devices_test, settings_as_deep_as_a_body_may_have_them_are_kept_and_can_be_patched) {
  std::string deep;
  for (int i = 0; i < 30; ++i) deep += R"({"a":)";
  auto body = R"({"name":"deep","driver":"external","channels":[{"name":"x","address":)" + deep +
              "1" + std::string(30, '}') + "}]}";
  device_fields fields;
  problem why;
  json::reader r;
  json::read(*json::parse(body, why, {.depth = 64}), fields, r);
  ASSERT_TRUE(ask<device_view>(devices, create_device{as("admin"), {fields}}));
  crash();
  start();
  EXPECT_TRUE(patch("deep", R"({"location":"x"})"));
}

TEST_F(devices_test, after_a_crash_everything_is_as_it_was) {
  auto made = create(tank);
  create(R"({"name":"gone","driver":"external"})");
  ASSERT_TRUE(ask<void>(devices, remove_device{as("admin"), "gone"}));
  crash();
  names = std::make_shared<name_table>();
  start();
  auto read_again = read("tank-1");
  ASSERT_TRUE(read_again);
  EXPECT_EQ(json::encode(read_again->fields.fields), json::encode(made->fields.fields));
  EXPECT_EQ(read_again->revision, made->revision);
  EXPECT_EQ(read("gone").error(), refuse(errc::not_found));
  EXPECT_NE(named("tank-1/pump"), nullptr);
}

}  // namespace
}  // namespace stellwerk
