#include <gmock/gmock.h>

#include <set>

#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

class devices_list_test : public field_site {
 protected:
  void SetUp() override {
    start();
    add("a", R"("tags":["red"],"kind":"plc","location":"Hall 1")");
    add("b", R"("tags":["blue"],"kind":"pc","location":"Hall 2")");
    add("c", R"("tags":["red","blue"])");
  }
  void add(const std::string& name, const std::string& more) {
    advance(1s);
    auto made = create(R"({"name":")" + name + R"(","driver":"external",)" + more + "}");
    ids[name] = made ? made->id : render(made.error());
  }
  std::vector<std::string> names_of(const caf::expected<device_page>& page) {
    std::vector<std::string> found;
    if (!page) return {render(page.error())};
    for (auto& one : page->items) found.push_back(one.fields.fields.name);
    return found;
  }
  std::map<std::string, std::string> ids;
};

TEST_F(devices_list_test, is_newest_first) {
  EXPECT_THAT(names_of(list()), ElementsAre("c", "b", "a"));
}

TEST_F(devices_list_test, filters) {
  list_devices wanted;
  wanted.tag = "red";
  EXPECT_THAT(names_of(list(wanted)), ElementsAre("c", "a"));
  wanted.kind = device_kind::plc;
  EXPECT_THAT(names_of(list(wanted)), ElementsAre("a"));
  wanted = {};
  wanted.q = "hALL";
  EXPECT_THAT(names_of(list(wanted)), ElementsAre("b", "a"));
  wanted = {};
  wanted.state = link_state::online;
  EXPECT_THAT(names_of(list(wanted)), SizeIs(3));
  wanted.driver = "fake";
  EXPECT_THAT(names_of(list(wanted)), SizeIs(0));
}

TEST_F(devices_list_test, pages_show_each_device_once_whatever_comes_between) {
  for (int i = 0; i < 20; ++i) add("d" + std::to_string(i), R"("kind":"other")");
  list_devices wanted;
  wanted.limit = 5;
  std::multiset<std::string> seen;
  for (int pages = 0; pages < 10; ++pages) {
    auto page = list(wanted);
    for (auto& name : names_of(page)) seen.insert(name);
    if (!page->next_cursor) break;
    wanted.cursor = *page->next_cursor;
    if (pages == 1) {
      add("new", R"("kind":"other")");
      ask<void>(devices, remove_device{as("admin"), "d19"});
    }
  }
  EXPECT_EQ(seen.size(), 23u);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 23u);
}

TEST_F(devices_list_test, a_cursor_that_is_none_is_refused) {
  list_devices wanted;
  for (auto* bad : {"x", "12", "_", "12x_3"}) {
    wanted.cursor = bad;
    EXPECT_EQ(refusal_of(list(wanted).error()).code, errc::invalid) << bad;
  }
}

TEST_F(devices_list_test, shows_and_finds_only_what_the_caller_may_know_of) {
  auto red = as("viewer", "tag:red");
  EXPECT_THAT(names_of(list({}, red)), ElementsAre("c", "a"));
  EXPECT_TRUE(read("a", red));
  EXPECT_EQ(read("b", red).error(), refuse(errc::not_found));
  EXPECT_THAT(names_of(list({}, as("viewer", "device:" + ids["b"]))), ElementsAre("b"));
  EXPECT_THAT(names_of(list({}, as("viewer", "site:main"))), SizeIs(3));
  EXPECT_THAT(names_of(list({}, as("viewer", "site:other"))), SizeIs(0));
  EXPECT_THAT(names_of(list({}, as("customer"))), SizeIs(0));
}

TEST_F(devices_list_test, what_may_be_seen_and_not_changed_is_forbidden_else_not_found) {
  EXPECT_EQ(patch("a", R"({"kind":"pc"})", as("viewer")).error(), refuse(errc::forbidden));
  EXPECT_EQ(
      patch("b", R"({"kind":"pc"})", as("viewer", "tag:red")).error(), refuse(errc::not_found)
  );
  EXPECT_EQ(create(tank, as("operator")).error(), refuse(errc::forbidden));
  EXPECT_EQ(
      ask<void>(devices, remove_device{as("admin", "tag:red"), "b"}).error(),
      refuse(errc::not_found)
  );
}

TEST_F(devices_list_test, names_the_drivers) {
  auto page = ask<driver_page>(devices, list_drivers{as("viewer")});
  ASSERT_THAT(page->items, SizeIs(2));
  EXPECT_EQ(page->items[0].name, "fake");
  EXPECT_EQ(page->items[1].name, "external");
}

}  // namespace
}  // namespace stellwerk
