#include "actors/access/limiter.hpp"

#include "actors/access/limit_table.hpp"
#include "tests/actor_test.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

using echo_actor = caf::typed_actor<caf::replies_to<std::string>::with<std::string>>;

struct limiter_test : actor_test {
  limit_options options;
  std::size_t reached = 0;
  caf::actor target = caf::actor_cast<caf::actor>(spawn([this]() -> echo_actor::behavior_type {
    return {[this](const std::string& said) {
      ++reached;
      return said;
    }};
  }));
  std::vector<limiter_actor> shards;

  void open(std::size_t n = 2) {
    for (std::size_t i = 0; i < n; ++i) shards.push_back(spawn(limiter, options, n, tools.numbers));
  }
  struct outcome {
    caf::expected<std::string> said;
    limit_note note;
  };
  outcome send(rate_class kind, std::string address, std::string principal = "") {
    auto note = std::make_shared<limit_note>();
    admit what{
        kind,
        std::move(address),
        std::move(principal),
        {},
        1,
        note,
        target,
        caf::make_message(std::string{"hello"})};
    what.principal_shard = caf::actor_cast<caf::actor>(shards.back());
    auto got = ask<std::string>(caf::actor_cast<caf::actor>(shards.front()), std::move(what));
    return {std::move(got), *note};
  }
  static bool refused(const outcome& x) { return !x.said && is(x.said.error(), errc::over_limit); }
  void TearDown() override {
    shards.clear();
    target = nullptr;
    actor_test::TearDown();
  }
};

TEST_F(limiter_test, passes_a_request_on_and_the_target_answers) {
  open();
  auto got = send(rate_class::standard, "10.0.0.1", "user");
  ASSERT_TRUE(got.said);
  EXPECT_EQ(*got.said, "hello");
  EXPECT_EQ(got.note.limit, 300u);
  EXPECT_EQ(got.note.remaining, 299u);
  EXPECT_EQ(got.note.reset_s, 61u);
  EXPECT_EQ(got.note.retry_after_s, 0u);
  EXPECT_EQ(tools.numbers->limit_granted.Value(), 1);
  EXPECT_EQ(tools.numbers->limit_keys.Value(), 2);
}

TEST_F(limiter_test, refuses_over_the_limit_of_the_address_and_says_when_to_come_again) {
  open();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(send(rate_class::login, "10.0.0.1").said);
  auto got = send(rate_class::login, "10.0.0.1");
  EXPECT_TRUE(refused(got));
  EXPECT_EQ(got.note.retry_after_s, 61u);
  EXPECT_EQ(got.note.remaining, 0u);
  EXPECT_EQ(reached, 5u);
  EXPECT_EQ(tools.numbers->limit_refused.Add({{"class", "login"}}).Value(), 1);
  EXPECT_TRUE(send(rate_class::login, "10.0.0.2").said);
  advance(61s);
  EXPECT_TRUE(send(rate_class::login, "10.0.0.1").said);
}

TEST_F(limiter_test, refuses_over_the_limit_of_the_principal_whatever_the_addresses) {
  for (std::size_t n : {1u, 2u}) {
    shards.clear();
    open(n);
    for (int i = 0; i < 5; ++i)
      EXPECT_TRUE(send(rate_class::login, "10.0.0." + std::to_string(i), "ada").said);
    EXPECT_TRUE(refused(send(rate_class::login, "10.0.0.9", "ada"))) << n << " shards";
    EXPECT_TRUE(send(rate_class::login, "10.0.0.9", "bob").said);
  }
}

TEST_F(limiter_test, charges_the_principal_also_if_nobody_says_where_it_lives) {
  open(1);
  for (int i = 0; i < 6; ++i) {
    admit what{
        rate_class::login,
        "10.0.0." + std::to_string(i),
        "ada",
        {},
        1,
        nullptr,
        target,
        caf::make_message(std::string{"hello"})};
    EXPECT_EQ(bool(ask<std::string>(caf::actor_cast<caf::actor>(shards[0]), what)), i < 5) << i;
  }
}

TEST_F(limiter_test, tells_the_stricter_of_two_limits) {
  open();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(send(rate_class::write, "10.0.0.1", "ada").said);
  EXPECT_EQ(send(rate_class::write, "10.0.0.2", "ada").note.remaining, 96u);
  EXPECT_EQ(send(rate_class::write, "10.0.0.1", "bob").note.remaining, 96u);
}

TEST_F(limiter_test, charges_samples_to_their_sender_and_not_to_the_address_it_shares) {
  options.points_burst = 1;
  open();
  EXPECT_TRUE(send(rate_class::ingest, "10.0.0.1", "sensor-1").said);
  EXPECT_TRUE(send(rate_class::ingest, "10.0.0.1", "sensor-2").said);
  EXPECT_TRUE(refused(send(rate_class::ingest, "10.0.0.1", "sensor-1")));
}

TEST_F(limiter_test, answers_when_there_is_no_target) {
  open(1);
  target = nullptr;
  auto got = send(rate_class::standard, "10.0.0.1");
  ASSERT_FALSE(got.said);
  EXPECT_TRUE(is(got.said.error(), errc::not_ready));
}

TEST_F(limiter_test, forgets_idle_callers_by_itself) {
  open();
  for (int i = 0; i < 2000; ++i)
    send(rate_class::standard, "10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250));
  EXPECT_EQ(tools.numbers->limit_keys.Value(), 2000);
  advance(121s);
  EXPECT_EQ(tools.numbers->limit_keys.Value(), 0);
}

}  // namespace
}  // namespace stellwerk
