#include "actors/access/token_issuer.hpp"
#include "tests/actors/access/accounts_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct refresh_test : accounts_stage {
  void SetUp() override {
    open();
    set_up();
  }
};

TEST_F(refresh_test, gives_a_new_pair_and_spends_the_old_token_durably) {
  auto first = enter();
  advance(1s);
  auto second = renew(first);
  ASSERT_TRUE(second) << render(second.error());
  EXPECT_NE(second->refresh_token, first.refresh_token);
  EXPECT_TRUE(lets_in(*second));
  EXPECT_TRUE(lets_in(first)) << "an access token lives until its end";
  stop();
  start();
  EXPECT_TRUE(renew(*second)) << "after a restart";
}

TEST_F(refresh_test, revokes_the_family_when_a_spent_token_comes_again) {
  auto first = enter();
  auto other = enter();
  auto second = renew(first);
  ASSERT_TRUE(second);
  EXPECT_EQ(code_of(renew(first)), errc::unauthenticated);
  EXPECT_FALSE(lets_in(first));
  EXPECT_FALSE(lets_in(*second));
  EXPECT_EQ(code_of(renew(*second)), errc::unauthenticated);
  EXPECT_TRUE(lets_in(other));
  EXPECT_EQ(journaled(event_type::auth_refresh_reused), 1u);
  EXPECT_EQ(tools.numbers->refresh_reused.Value(), 1);
  stop();
  start();
  EXPECT_FALSE(lets_in(*second));
  EXPECT_EQ(code_of(renew(*second)), errc::unauthenticated);
}

TEST_F(refresh_test, gives_the_same_pair_to_the_same_request_within_ten_seconds) {
  auto first = enter();
  auto second = renew(first, "key-1");
  ASSERT_TRUE(second);
  *wall += 10s;
  auto again = renew(first, "key-1");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->access_token, second->access_token);
  EXPECT_EQ(again->refresh_token, second->refresh_token);
  stop();
  start();
  again = renew(first, "key-1");
  ASSERT_TRUE(again) << "also after a restart";
  EXPECT_EQ(again->refresh_token, second->refresh_token);
  *wall += 1ms;
  EXPECT_EQ(code_of(renew(first, "key-1")), errc::unauthenticated);
  EXPECT_FALSE(lets_in(*second));
}

TEST_F(refresh_test, repeats_what_the_store_had_written_without_knowing_it) {
  auto first = enter();
  disk->unknown = true;
  EXPECT_EQ(code_of(renew(first, "key-1")), errc::outcome_unknown);
  disk->unknown = false;
  stop();
  start();
  auto again = renew(first, "key-1");
  ASSERT_TRUE(again) << render(again.error());
  EXPECT_TRUE(lets_in(*again));
  EXPECT_EQ(journaled(event_type::auth_refresh_reused), 0u);
}

TEST_F(refresh_test, takes_another_key_or_none_for_a_thief) {
  for (std::string key : {"", "key-2"}) {
    auto first = enter();
    ASSERT_TRUE(renew(first, "key-1"));
    EXPECT_EQ(code_of(renew(first, key)), errc::unauthenticated);
    EXPECT_FALSE(lets_in(first));
  }
}

TEST_F(refresh_test, takes_no_access_token_and_nothing_forged_or_expired) {
  auto pair = enter();
  token_pair wrong;
  wrong.refresh_token = pair.access_token;
  EXPECT_EQ(code_of(renew(wrong)), errc::unauthenticated);
  wrong.refresh_token = "x";
  EXPECT_EQ(code_of(renew(wrong)), errc::unauthenticated);
  EXPECT_EQ(door->check(pair.refresh_token).why, token_refusal::forged);
  *wall += std::chrono::days{7} + 30s;
  EXPECT_EQ(code_of(renew(pair)), errc::unauthenticated);
}

TEST_F(refresh_test, logs_out_for_good_before_it_answers) {
  auto first = enter();
  auto other = enter();
  auto second = renew(first);
  ASSERT_TRUE(second);
  ASSERT_TRUE(leave(*second));
  EXPECT_FALSE(lets_in(first));
  EXPECT_FALSE(lets_in(*second));
  EXPECT_TRUE(lets_in(other));
  EXPECT_EQ(code_of(renew(*second)), errc::unauthenticated);
  EXPECT_EQ(journaled(event_type::auth_logout), 1u);
  EXPECT_EQ(tools.numbers->revocations.Value(), 2);
  stop();
  start();
  EXPECT_FALSE(lets_in(first));
  EXPECT_FALSE(lets_in(*second));
  EXPECT_TRUE(lets_in(other));
}

TEST_F(refresh_test, logs_out_nobody_who_did_not_log_in) {
  EXPECT_EQ(code_of(ask<void>(aut, log_out{from("10.0.0.1")})), errc::not_a_login_token);
}

TEST_F(refresh_test, forgets_revocations_hourly_when_their_tokens_are_long_dead) {
  auto pair = enter();
  ASSERT_TRUE(leave(pair));
  advance(std::chrono::days{7} + 331s);
  EXPECT_EQ(tools.numbers->revocations.Value(), 2) << "the store has seen no time as late as that";
  enter();
  advance(1h);
  EXPECT_EQ(tools.numbers->revocations.Value(), 0);
  for (auto& [key, row] : disk->rows) EXPECT_FALSE(key.starts_with(revoked_records.prefix()));
}

TEST_F(refresh_test, does_not_believe_a_clock_that_runs_ahead) {
  auto pair = enter();
  ASSERT_TRUE(leave(pair));
  auto right = *wall;
  *wall += std::chrono::days{3650};
  advance(2h);
  *wall = right + 2h;
  EXPECT_EQ(tools.numbers->revocations.Value(), 2);
  EXPECT_EQ(code_of(renew(pair)), errc::unauthenticated);
}

/// One log-in under refreshes with new and spent tokens, log-outs and crashes, in an order drawn
/// from a seed.
struct refresh_simulation_test : refresh_test {
  struct try_of {
    std::string shown;
    std::string key;
    answer<token_pair> got;
  };
  std::vector<token_pair> known;                // of this family, in order of their making
  std::map<std::string, std::string> spent_by;  // refresh token → key of the request
  bool ended = false;                           // a log-out or a reuse was answered

  std::vector<try_of> ask_four(std::mt19937_64& draw) {
    std::vector<try_of> asked;
    for (int i = 0; i < 4; ++i) {
      auto shown = (draw() % 3 == 0 ? known[draw() % known.size()] : known.back()).refresh_token;
      auto key = draw() % 4 == 0 ? std::string{} : "key-" + std::to_string(draw() % 2);
      refresh_login what{from("10.0.0.1", key), shown};
      asked.push_back({shown, key, begin<token_pair>(aut, what)});
    }
    return asked;
  }
  void check(const try_of& one) {
    if (!*one.got || !**one.got) return;
    EXPECT_FALSE(ended) << "a dead family gave a pair";
    auto& pair = ***one.got;
    auto [spent, first] = spent_by.emplace(one.shown, one.key + ' ' + pair.refresh_token);
    EXPECT_EQ(spent->second, one.key + ' ' + pair.refresh_token) << "spent by two requests";
    EXPECT_TRUE(first || !one.key.empty()) << "spent twice without a key";
    if (first) known.push_back(pair);
  }
  std::size_t alive() {
    return static_cast<std::size_t>(std::ranges::count_if(known, [&](auto& one) {
      return lets_in(one);
    }));
  }
};

TEST_F(refresh_simulation_test, spends_each_token_once_and_lets_no_dead_family_in) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 draw{seed};
    known = {enter()};
    spent_by.clear();
    ended = false;
    shuffle(seed);
    for (int round = 0; round < 8 && !HasFailure(); ++round) {
      auto asked = ask_four(draw);
      auto context = door->check(known.back().access_token).context;
      answer<void> left;
      if (context && draw() % 6 == 0) left = begin<void>(aut, log_out{context});
      if (draw() % 4 == 0) {
        stop();
        start();
        advance(61s);  // whoever still waits for an answer gives up
      }
      settle();
      for (auto& one : asked) check(one);
      ended |= left && *left && **left;
      ended |= alive() == 0;
      EXPECT_TRUE(alive() == 0 || !ended) << "a token of a dead family is let in";
      *wall += std::chrono::milliseconds{draw() % 8'000};
    }
    advance(15s);
    std::size_t good = 0;
    for (auto at = known.rbegin(); at != known.rend(); ++at) good += bool(renew(*at));
    EXPECT_LE(good, ended ? 0u : 1u);
  }
}

}  // namespace
}  // namespace stellwerk
