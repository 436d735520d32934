#include "nodes/root.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/model/error.hpp"
#include "monitoring/clock.hpp"

namespace stellwerk {

caf::actor watch_over(
    caf::actor_system& system, std::vector<top_actor> all,
    std::function<void(const std::string& name, const std::string& reason)> died
) {
  return system.spawn<caf::hidden>([all = std::move(all),
                                    died = std::move(died)](caf::event_based_actor* self) {
    std::vector<std::pair<caf::actor_addr, std::string>> names;
    for (auto& one : all) {
      names.emplace_back(one.handle.address(), one.name);
      self->monitor(one.handle);
    }
    self->set_down_handler([=](caf::down_msg& down) {
      for (auto& [address, name] : names)
        if (address == down.source) died(name, render(down.reason));
      self->quit();
    });
    return caf::behavior{[](caf::unit_t) {}};
  });
}

bool stop_in_order(
    caf::actor_system& system, const std::vector<top_actor>& all, std::chrono::milliseconds within
) {
  caf::scoped_actor self{system, true};
  auto end = meter_now() + within;
  auto in_time = true;
  for (auto& one : all) {
    self->monitor(one.handle);
    caf::anon_send_exit(one.handle, caf::exit_reason::user_shutdown);
    if (!in_time) continue;
    auto left = std::max(end - meter_now(), std::chrono::steady_clock::duration::zero());
    self->receive(
        [](const caf::down_msg&) {},
        caf::after(std::chrono::duration_cast<std::chrono::milliseconds>(left)) >>
            [&] { in_time = false; }
    );
  }
  return in_time;
}

}  // namespace stellwerk
