#include "nodes/root.hpp"

#include <gtest/gtest.h>

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <future>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

caf::behavior idle() {
  return {[](int) {}};
}

caf::behavior stubborn(caf::event_based_actor* self) {
  self->set_exit_handler([](caf::exit_msg&) {});
  return {[](int) {}};
}

class root_test : public testing::Test {
 protected:
  caf::actor_system_config config;
  caf::actor_system system{config};
};

TEST_F(root_test, tells_once_who_died_and_why) {
  std::promise<std::string> told;
  std::vector<top_actor> all{{"store", system.spawn(idle)}, {"devices", system.spawn(idle)}};
  auto watch = watch_over(system, all, [&](auto& name, auto& reason) {
    told.set_value(name + ": " + reason);
  });
  caf::anon_send_exit(all[1].handle, caf::exit_reason::out_of_workers);
  auto answer = told.get_future().get();
  EXPECT_EQ(answer.find("devices: "), 0u) << answer;
  EXPECT_TRUE(stop_in_order(system, {all[0]}, 5s));
}

TEST_F(root_test, stops_one_after_the_other) {
  auto order = std::make_shared<std::vector<int>>();
  auto noting = [order](int number) {
    return [order, number](caf::event_based_actor* self) -> caf::behavior {
      self->set_exit_handler([self, order, number](caf::exit_msg& end) {
        order->push_back(number);
        self->quit(end.reason);
      });
      return {[](int) {}};
    };
  };
  std::vector<top_actor> all;
  for (int i = 0; i < 5; ++i) all.push_back({"a", system.spawn(noting(i))});
  EXPECT_TRUE(stop_in_order(system, all, 5s));
  EXPECT_EQ(*order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST_F(root_test, waits_no_longer_than_agreed) {
  std::vector<top_actor> all{{"stuck", system.spawn(stubborn)}, {"good", system.spawn(idle)}};
  EXPECT_FALSE(stop_in_order(system, all, 50ms));
  caf::anon_send_exit(all[0].handle, caf::exit_reason::kill);
}

}  // namespace
}  // namespace stellwerk
