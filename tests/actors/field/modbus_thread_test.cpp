#include <gtest/gtest.h>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <future>
#include <thread>

#include "actors/field/modbus_bus.hpp"
#include "monitoring/clock.hpp"
#include "tests/actors/field/bus_listener.hpp"
#include "tests/actors/field/modbus_plant.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

/// A bus on a thread of its own, with one unit that answers and one that does not, for which it
/// would wait for a minute and more.
struct modbus_thread_test : testing::Test {
  struct news {
    std::promise<void> online, written;
    bool told = false;
  };
  static bus_listener::behavior_type listening_for(
      bus_listener::pointer, std::shared_ptr<news> heard
  ) {
    return {
        [=](const bus_results& r) {
          auto up = [](auto& report) { return report.link.state == link_state::online; };
          if (std::ranges::any_of(r.reports, up) && !std::exchange(heard->told, true))
            heard->online.set_value();
        },
        [=](const write_outcome& end) {
          if (end.code.empty()) heard->written.set_value();
        }};
  }
  bus_listener serve(std::uint16_t unit, std::shared_ptr<news> heard) {
    auto listener = sys.spawn(listening_for, std::move(heard));
    auto settings = R"({"host":"127.0.0.1","timeout_ms":30000,"retries":5,"unit":)" +
                    std::to_string(unit) + '}';
    auto every = R"({"name":"c","direction":"both","poll_ms":3600000,"address":{"register":100}})";
    caf::anon_send(bus, serve_unit{std::to_string(unit), {settings}, {point(1, every)}, listener});
    listeners.push_back(listener);
    return listener;
  }
  static bool comes(std::future<void> what) {
    return what.wait_for(30s) == std::future_status::ready;
  }
  /// The silent unit is being waited for once its first request is there.
  void wait_for_silence() {
    while (plant.requests(2) == 0) std::this_thread::yield();
  }
  void TearDown() override {
    caf::anon_send_exit(bus, caf::exit_reason::user_shutdown);
    caf::scoped_actor self{sys};
    self->wait_for(bus);
    for (auto& one : listeners) caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    bus = nullptr;
    listeners.clear();
  }

  modbus_plant plant{2};
  instruments tools = system_instruments();
  caf_config config{tools.numbers};
  caf::actor_system sys{config};
  bus_actor bus = sys.spawn<caf::detached>(
      modbus_bus, std::string{"127.0.0.1"}, plant.number(), field_options{}, tools
  );
  std::vector<bus_listener> listeners;
};

TEST_F(modbus_thread_test, writes_though_a_silent_unit_is_waited_for) {
  auto heard = std::make_shared<news>();
  plant.set_fault(2, sim::fault_kind::silent);
  auto listener = serve(1, heard);
  ASSERT_TRUE(comes(heard->online.get_future()));
  serve(2, std::make_shared<news>());
  wait_for_silence();
  write_point w;
  w.command_id = "c";
  w.device_id = "1";
  w.point = point(1, R"({"name":"c","direction":"both","address":{"register":100}})");
  w.what = 7.0;
  w.deadline = meter_now() + 5s;
  w.listener = listener;
  caf::anon_send(bus, w);
  EXPECT_TRUE(comes(heard->written.get_future()));
}

TEST_F(modbus_thread_test, ends_though_a_silent_unit_is_waited_for) {
  plant.set_fault(2, sim::fault_kind::silent);
  serve(2, std::make_shared<news>());
  wait_for_silence();
  caf::anon_send_exit(bus, caf::exit_reason::user_shutdown);
  caf::scoped_actor self{sys};
  self->monitor(bus);
  auto ended = false;
  self->receive([&](const caf::down_msg&) { ended = true; }, caf::after(10s) >> [] {});
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace stellwerk
