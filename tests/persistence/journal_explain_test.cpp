#include "persistence/journal_explain.hpp"

#include <gmock/gmock.h>

#include "actors/model/error.hpp"
#include "persistence/store_writer.hpp"
#include "tests/persistence/journal_stage.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct journal_explain_test : testing::Test {
  /// Answers with its number.
  std::uint64_t tell(
      event_type type, std::string subject, std::string request = "", std::string cause = ""
  ) {
    event one{type, std::move(subject), {"user/1", "ada", ""}, request, cause, {}};
    auto done = writer.add({{}, {}, {one}, {}}, wall_time{1s});
    EXPECT_TRUE(done && writer.write());
    return done->last_seq;
  }
  caf::expected<explanation> why(std::uint64_t seq, context_ptr who = journal_caller("admin")) {
    return explanation_of(*db, {std::move(who), seq});
  }
  using links = std::vector<std::tuple<std::uint64_t, entry_link, std::uint64_t>>;
  static links of(const std::vector<linked_entry>& all) {
    links made;
    for (auto& one : all) made.emplace_back(one.entry.seq, one.link, one.with);
    return made;
  }

  temporary_folder folder;
  database_ptr db = open_store(folder.path());
  store_writer writer{db, "main", {}};
};

TEST_F(journal_explain_test, tells_what_led_to_an_outcome_and_what_followed_from_it) {
  auto accepted = tell(event_type::command_accepted, "command/1", "r1");
  tell(event_type::command_accepted, "command/other", "r9");
  auto sent = tell(event_type::command_sent, "command/1");
  auto changed = tell(event_type::device_state_changed, "device/pump", "", "command/1");
  auto verified = tell(event_type::command_verified, "command/1");
  auto next = tell(event_type::command_accepted, "command/2", "r1", "command/1");
  auto found = why(sent);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entry.seq, sent);
  EXPECT_TRUE(found->complete);
  EXPECT_THAT(of(found->because), ElementsAre(std::tuple{accepted, entry_link::subject, sent}));
  EXPECT_THAT(
      of(found->followed),
      ElementsAre(
          std::tuple{changed, entry_link::cause, sent},
          std::tuple{verified, entry_link::subject, sent}, std::tuple{next, entry_link::cause, sent}
      )
  );
  EXPECT_THAT(
      of(why(changed)->because), ElementsAre(
                                     std::tuple{accepted, entry_link::cause, changed},
                                     std::tuple{sent, entry_link::cause, changed}
                                 )
  );
}

TEST_F(journal_explain_test, follows_links_of_links_and_not_what_merely_shares_a_device) {
  auto first = tell(event_type::command_accepted, "command/1", "r1");
  auto second = tell(event_type::command_accepted, "command/2", "", "command/1");
  auto third = tell(event_type::command_accepted, "command/3", "", "command/2");
  tell(event_type::device_updated, "device/pump", "r8");
  tell(event_type::device_updated, "device/pump", "r9");
  EXPECT_THAT(
      of(why(third)->because),
      ElementsAre(
          std::tuple{first, entry_link::cause, second}, std::tuple{second, entry_link::cause, third}
      )
  );
  EXPECT_THAT(
      of(why(first)->followed),
      ElementsAre(
          std::tuple{second, entry_link::cause, first}, std::tuple{third, entry_link::cause, second}
      )
  );
  EXPECT_THAT(why(4)->because, IsEmpty());
  EXPECT_THAT(why(4)->followed, IsEmpty());
}

TEST_F(journal_explain_test, says_when_there_is_more_and_tells_the_nearest) {
  for (int i = 0; i < 120; ++i) tell(event_type::device_updated, "device/pump", "r1");
  auto found = why(60);
  EXPECT_FALSE(found->complete);
  ASSERT_EQ(found->because.size(), 50u);
  EXPECT_EQ(found->because.front().entry.seq, 10u);
  ASSERT_EQ(found->followed.size(), 50u);
  EXPECT_EQ(found->followed.back().entry.seq, 110u);
}

TEST_F(journal_explain_test, neither_tells_nor_follows_what_the_caller_may_not_see) {
  auto seen = tell(event_type::device_updated, "device/pump", "r1");
  auto hidden = tell(event_type::auth_logout, "user/1", "r1", "command/1");
  tell(event_type::command_accepted, "command/1");
  auto found = why(seen, journal_caller("viewer"));
  EXPECT_THAT(found->followed, IsEmpty());
  EXPECT_TRUE(found->complete);
  auto refused = why(hidden, journal_caller("viewer"));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::not_found));
  EXPECT_FALSE(why(seen, nullptr));
  EXPECT_FALSE(why(0));
  EXPECT_FALSE(why(99));
}

TEST_F(journal_explain_test, keeps_long_texts_apart) {
  std::string beginning(150, 'r');
  auto one = tell(event_type::device_updated, "device/a", beginning + "1");
  tell(event_type::device_updated, "device/b", beginning + "2");
  auto same = tell(event_type::device_updated, "device/c", beginning + "1");
  EXPECT_THAT(of(why(one)->followed), ElementsAre(std::tuple{same, entry_link::request, one}));
}

}  // namespace
}  // namespace stellwerk
