#include "actors/field/command_list.hpp"

#include <gmock/gmock.h>

#include "actors/model/ids.hpp"
#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

class command_list_test : public field_site {
 protected:
  void SetUp() override {
    start();
    ASSERT_TRUE(create(tank));
    report(link_state::online);
  }
  std::string send(const std::string& channel, value what) {
    advance(10ms);
    return command(channel, std::move(what))->id;
  }
  std::vector<std::string> ids(list_commands wanted, std::size_t* pages = nullptr) {
    std::vector<std::string> found;
    wanted.context = as("viewer");
    wanted.device = "tank-1";
    for (int i = 0; i < 100; ++i) {
      auto page = ask<command_page>(devices, wanted);
      if (!page) return {render(page.error())};
      for (auto& one : page->items) found.push_back(one.id);
      if (pages != nullptr) ++*pages;
      if (!page->next_cursor) return found;
      wanted.cursor = *page->next_cursor;
    }
    return {"never ends"};
  }
};

TEST_F(command_list_test, has_open_and_final_ones_newest_first_page_by_page) {
  std::vector<std::string> sent;
  for (int i = 0; i < 7; ++i) sent.insert(sent.begin(), send("step", i));
  line().answers = false;
  for (auto* channel : {"setpoint", "pump"})
    sent.insert(sent.begin(), send(channel, channel[0] == 'p' ? value{true} : value{1.0}));
  line().answers = true;
  sent.insert(sent.begin(), send("step", 9));  // final, and newer than the open ones
  EXPECT_EQ(ids({}), sent);
  for (std::uint32_t limit = 1; limit < 12; ++limit) {
    list_commands wanted;
    wanted.limit = bounded<std::uint32_t, 1, 1000>::clamped(limit);
    EXPECT_EQ(ids(wanted), sent) << limit;
  }
}

TEST_F(command_list_test, filters_by_status_and_channel) {
  auto step = send("step", 1);
  auto pump = send("pump", true);
  line().answers = false;
  auto open = send("step", 2);
  list_commands wanted;
  wanted.status = command_status::verified;
  EXPECT_EQ(ids(wanted), std::vector{step});
  wanted.status = command_status::sent;
  EXPECT_EQ(ids(wanted), std::vector{open});
  wanted.status.reset();
  wanted.channel = "pump";
  EXPECT_EQ(ids(wanted), std::vector{pump});
}

TEST_F(command_list_test, a_cursor_that_is_none_is_refused) {
  list_commands wanted;
  wanted.context = as("viewer");
  wanted.device = "tank-1";
  wanted.cursor = "x";
  EXPECT_EQ(refusal_of(ask<command_page>(devices, wanted).error()).code, errc::invalid);
}

TEST_F(command_list_test, final_ones_are_forgotten_after_ninety_days) {
  std::vector<std::string> old;
  for (int i = 0; i < 250; ++i) old.insert(old.begin(), send("step", i));
  *wall += std::chrono::days{90} - 10s;
  auto young = send("step", 250);
  auto every = [&] { return ids({}).size(); };
  advance(5s);
  EXPECT_EQ(every(), 251u);
  *wall += 10s;
  advance(15s);
  EXPECT_EQ(every(), 50u);  // to the end, 1, and 200 of them
  advance(10s);
  EXPECT_EQ(ids({}), std::vector{young});
  EXPECT_EQ(look(old[0]).error(), refuse(errc::not_found));
  EXPECT_TRUE(look(young));
  auto owners = std::ranges::count_if(disk->documents, [](auto& one) {
    return one.first.starts_with(document_key("command-of", ""));
  });
  EXPECT_EQ(owners, 1);
}

TEST(command_listing, looks_at_ten_thousand_and_then_lets_the_caller_go_on) {
  list_commands wanted;
  wanted.channel = "none";
  command_listing listing{wanted, "d", {}};
  documents page;
  page.more = true;
  command_record record;
  record.value = 1;
  record.id = uuid_v7(wall_time{});
  page.items = {{final_command_key("d", record.id), json::encode(record), 1}};
  for (int i = 0; i < 9; ++i) EXPECT_FALSE(listing.take(page));
  EXPECT_TRUE(listing.take(page));
  EXPECT_EQ(listing.page().next_cursor, record.id);
}

}  // namespace
}  // namespace stellwerk
