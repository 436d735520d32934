#include <gmock/gmock.h>

#include "tests/persistence/store_stage.hpp"

/// What a client's Idempotency-Key does, in every implementation of the store.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct store_once_test : store_stage, testing::WithParamInterface<store_kind> {
  void SetUp() override { open({}, GetParam()); }

  static once_key once(std::string key, std::string answer) {
    return {"user/1", "createDevice", std::move(key), "body-1", std::move(answer)};
  }
  static commit creation(once_key once) {
    auto id = once.answer_id;
    return {{}, {{"device-" + id, id}}, {event_about("device/" + id)}, std::move(once)};
  }
  std::optional<std::string> replayed(const caf::expected<committed>& done) {
    EXPECT_TRUE(done) << render(done.error());
    return done ? done->replayed : std::nullopt;
  }
};

TEST_P(store_once_test, answers_a_repeat_from_the_first_and_changes_nothing) {
  EXPECT_EQ(replayed(apply(creation(once("k", "a")))), std::nullopt);
  EXPECT_EQ(replayed(apply(creation(once("k", "b")))), "a");
  EXPECT_THAT(keys({}), testing::ElementsAre("device-a"));
  EXPECT_EQ(journal().size(), 1u);
}

TEST_P(store_once_test, answers_a_repeat_though_its_expectation_holds_no_longer) {
  auto claim = creation(once("k", "a"));
  claim.expectations.push_back({"device-a", 0});
  EXPECT_EQ(replayed(apply(claim)), std::nullopt);
  EXPECT_EQ(replayed(apply(claim)), "a");
}

TEST_P(store_once_test, acts_once_when_many_repeats_come_at_the_same_time) {
  std::vector<answer<committed>> asked;
  for (int i = 0; i < 50; ++i)
    asked.push_back(begin<committed>(store, creation(once("k", std::to_string(i)))));
  settle(7);
  int first = 0;
  for (auto& one : asked) first += !replayed(**one).has_value();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(keys({}).size(), 1u);
}

TEST_P(store_once_test, refuses_the_same_key_with_another_body) {
  replayed(apply(creation(once("k", "a"))));
  auto other = once("k", "b");
  other.body_hash = "body-2";
  auto refused = apply(creation(other));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::idempotency_conflict));
}

TEST_P(store_once_test, parts_the_keys_of_principals_and_of_routes) {
  auto mine = once("k", "a");
  auto theirs = mine;
  theirs.principal = "user/2";
  auto elsewhere = mine;
  elsewhere.route = "sendCommand";
  for (auto& one : {mine, theirs, elsewhere})
    EXPECT_EQ(replayed(apply({{}, {{"x", one.principal + one.route}}, {}, one})), std::nullopt);
}

TEST_P(store_once_test, refuses_a_key_that_would_read_like_another) {
  auto odd = once(std::string("a\0b", 3), "a");
  auto refused = apply(creation(odd));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::invalid));
}

TEST_P(store_once_test, leaves_the_key_unused_when_the_commit_is_refused) {
  auto stale = creation(once("k", "a"));
  stale.expectations.push_back({"nothing", 5});
  EXPECT_FALSE(apply(stale));
  EXPECT_EQ(replayed(apply(creation(once("k", "b")))), std::nullopt);
}

TEST_P(store_once_test, remembers_for_a_day_across_a_restart) {
  replayed(apply(creation(once("k", "a"))));
  *wall += 24h;
  close();
  open({}, GetParam());
  EXPECT_EQ(replayed(apply(creation(once("k", "b")))), "a");
  *wall += 1ms;
  EXPECT_EQ(replayed(apply(creation(once("k", "c")))), std::nullopt);
  EXPECT_EQ(replayed(apply(creation(once("k", "d")))), "c");
}

TEST_P(store_once_test, holds_a_principal_to_its_limit_until_its_keys_expire) {
  close();
  open({.once_keys_per_principal_max = 100}, GetParam());
  for (int i = 0; i < 100; ++i) replayed(apply(creation(once(std::to_string(i), "a"))));
  for (bool restarted : {false, true}) {
    auto refused = apply(creation(once("one more", "a")));
    ASSERT_FALSE(refused) << restarted;
    EXPECT_TRUE(is(refused.error(), errc::busy));
    EXPECT_EQ(replayed(apply(creation(once("7", "b")))), "a");
    close();
    open({.once_keys_per_principal_max = 100}, GetParam());
  }
  auto other = once("one more", "a");
  other.principal = "user/2";
  EXPECT_EQ(replayed(apply(creation(other))), std::nullopt);
  *wall += 24h + 1ms;
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(replayed(apply(creation(once("new" + std::to_string(i), "c")))), std::nullopt) << i;
  EXPECT_FALSE(apply(creation(once("one more", "c"))));
}

TEST_P(store_once_test, holds_all_principals_together_to_their_limit) {
  close();
  open({.once_keys_max = 20}, GetParam());
  auto by = [](int n) {
    auto key = once("k", std::to_string(n));
    key.principal = "user/" + std::to_string(n);
    return creation(key);
  };
  for (int i = 0; i < 20; ++i) replayed(apply(by(i)));
  EXPECT_FALSE(apply(by(20)));
  *wall += 25h;
  EXPECT_EQ(replayed(apply(by(20))), std::nullopt);
}

TEST_P(store_once_test, counts_right_when_expired_keys_are_used_again_and_clocks_go_back) {
  close();
  open({.once_keys_per_principal_max = 70}, GetParam());
  for (int i = 0; i < 70; ++i) replayed(apply(creation(once(std::to_string(i), "a"))));
  *wall += 25h;
  for (int i = 69; i >= 0; --i)
    EXPECT_EQ(replayed(apply(creation(once(std::to_string(i), "b")))), std::nullopt);
  for (int i = 0; i < 70; ++i)
    EXPECT_EQ(replayed(apply(creation(once(std::to_string(i), "x")))), "b") << i;
  EXPECT_FALSE(apply(creation(once("one more", "b"))));
  *wall += 25h;
  EXPECT_EQ(replayed(apply(creation(once("later", "c")))), std::nullopt);
  *wall -= 100h;
  EXPECT_EQ(replayed(apply(creation(once("earlier", "c")))), std::nullopt);
  *wall += 200h;
  for (int i = 0; i < 70; ++i)
    EXPECT_EQ(replayed(apply(creation(once("new" + std::to_string(i), "d")))), std::nullopt) << i;
  EXPECT_FALSE(apply(creation(once("one more", "d"))));
}

INSTANTIATE_TEST_SUITE_P(, store_once_test, testing::ValuesIn(store_kinds), name_of_kind);

}  // namespace
}  // namespace stellwerk
