#include "tests/actor_test.hpp"

#include <algorithm>
#include <caf/typed_actor.hpp>
#include <set>
#include <string>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using count_atom = caf::atom_constant<caf::atom("count")>;
using never_atom = caf::atom_constant<caf::atom("never")>;

/// Counts its own ticks, one a second; `never` is not answered.
using ticker_actor = caf::typed_actor<
    caf::reacts_to<tick_atom>, caf::replies_to<count_atom>::with<std::int64_t>,
    caf::replies_to<never_atom>::with<void>>;

struct ticker_state {
  static inline const char* name = "ticker";
  static constexpr std::size_t mailbox_max = 10;
  std::int64_t ticks = 0;
  caf::typed_response_promise<void> owed;
};

using ticker_self = metered<ticker_actor, ticker_state>;

ticker_actor::behavior_type ticker(ticker_self* self) {
  self->delayed_send(self, 1s, tick_atom::value);
  return {
      [=](tick_atom) {
        ++self->state.ticks;
        self->delayed_send(self, 1s, tick_atom::value);
      },
      [=](count_atom) -> caf::result<std::int64_t> { return self->state.ticks; },
      [=](never_atom) -> caf::result<void> {
        self->state.owed = self->make_response_promise<void>();
        return self->state.owed;
      },
  };
}

/// A ticker that minds the end of another, and how much mail waited behind each count.
struct seen {
  int ends = 0;
  std::vector<std::size_t> waiting;
};
ticker_actor::behavior_type watcher(
    ticker_self* self, const caf::actor& other, std::shared_ptr<seen> told
) {
  self->set_down_handler([=](const caf::down_msg&) { ++told->ends; });
  self->monitor(other);
  return {
      [](tick_atom) {},
      [=](count_atom) -> caf::result<std::int64_t> {
        told->waiting.push_back(self->waiting());
        return 0;
      },
      [](never_atom) -> caf::result<void> { return caf::unit; },
  };
}

struct actor_test_test : actor_test {
  std::int64_t ticks() { return *ask<std::int64_t>(subject, count_atom::value); }
  ticker_actor subject = spawn(ticker);
};

TEST_F(actor_test_test, stands_still_until_time_is_advanced) {
  EXPECT_EQ(ticks(), 0);
  auto before = tools.now();
  advance(10s);
  EXPECT_EQ(ticks(), 10);
  EXPECT_EQ(tools.now() - before, 10s);
}

TEST_F(actor_test_test, keeps_what_is_less_than_a_millisecond_of_wall_time) {
  auto before = tools.now();
  for (int i = 0; i < 10; ++i) advance(300us);
  EXPECT_EQ(tools.now() - before, 3ms);
}

TEST_F(actor_test_test, ends_an_ask_without_an_answer_on_virtual_time) {
  auto start = now();
  auto answered = ask<void>(subject, never_atom::value);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error(), caf::make_error(caf::sec::request_timeout));
  EXPECT_EQ(now() - start, ask_within);
}

TEST_F(actor_test_test, sees_the_mailbox_bound_of_metered_actors) {
  ticks();
  std::vector<answer<std::int64_t>> asked;
  for (int i = 0; i < 30; ++i) asked.push_back(begin<std::int64_t>(subject, count_atom::value));
  settle();
  auto refused = std::count_if(asked.begin(), asked.end(), [](auto& one) {
    return *one && !**one && is((*one)->error(), errc::busy);
  });
  EXPECT_EQ(refused, 20);
  EXPECT_EQ(tools.numbers->mailbox("ticker").refused.Value(), 20);
  EXPECT_EQ(tools.numbers->mailbox("ticker").depth.Value(), 0);
}

TEST_F(actor_test_test, tells_the_end_of_others_to_a_full_mailbox) {
  auto other = sys.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  auto told = std::make_shared<seen>();
  auto watching = spawn(watcher, other, told);
  settle();
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);  // runs first
  for (int i = 0; i < 30; ++i) caf::anon_send(watching, tick_atom::value);
  settle();
  EXPECT_EQ(tools.numbers->mailbox("ticker").refused.Value(), 20);
  EXPECT_EQ(told->ends, 1);
}

TEST_F(actor_test_test, knows_how_much_mail_waits_behind_the_current) {
  auto told = std::make_shared<seen>();
  auto watching = spawn(watcher, caf::actor_cast<caf::actor>(subject), told);
  settle();
  for (int i = 0; i < 3; ++i) caf::anon_send(watching, count_atom::value);
  settle();
  EXPECT_EQ(told->waiting, (std::vector<std::size_t>{2, 1, 0}));
}

TEST_F(actor_test_test, draws_the_order_of_actors_from_the_seed) {
  settle();  // the ticker has started
  auto order_of = [&](std::uint64_t seed) {
    auto said = std::make_shared<std::string>();
    for (char c : {'a', 'b', 'c', 'd'})
      sys.spawn([said, c](caf::event_based_actor*) { *said += c; });
    settle(seed);
    return *said;
  };
  EXPECT_EQ(order_of(7), order_of(7));
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 20; ++seed) orders.insert(order_of(seed));
  EXPECT_GT(orders.size(), 5u);
}

}  // namespace
}  // namespace stellwerk
