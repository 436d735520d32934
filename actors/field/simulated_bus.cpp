#include "actors/field/simulated_bus.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <functional>

namespace stellwerk {

namespace {

using pointer = metered<simulated_bus_actor, simulated_bus_state>*;
using state = simulated_bus_state;

constexpr std::size_t units_a_tick = 64;  // mail is read in between

value first_value(const channel& c) {
  if (c.safe_value) return *c.safe_value;
  return simulated_value(c.simulation.value_or(simulation{}).base_value, c);
}

/// Sleeps until the first unit is due.
void sleep(pointer self) {
  auto& s = self->state;
  if (s.queue.empty()) return;
  auto wait = std::max(s.queue.begin()->first - self->clock().now(), steady_span::zero());
  self->delayed_send(self, wait, simulated_tick{++s.generation});
}

/// Unlike others at the same moment, so that not all units are due at once.
steady_moment base_of(const std::string& id, steady_moment now) {
  return now - std::chrono::milliseconds{std::hash<std::string>{}(id) % 60'000};
}

void emit(
    state::point& p, std::uint32_t series, const state::unit& u, steady_moment now, wall_time when,
    samples& items
) {
  if (p.what.direction == direction::in) {
    std::chrono::duration<double> period = std::chrono::milliseconds{p.what.poll_ms};
    p.held = simulated_value(p.signal.at(static_cast<double>(p.steps) * period.count()), p.what);
  }
  items.push_back({series, quality::good, when, p.held});
  steady_span period = std::chrono::milliseconds{p.what.poll_ms};
  auto next = u.base + ((now - u.base) / period + 1) * period;
  // At least one: the first sample comes off the grid.
  p.steps += std::max<std::int64_t>(1, (next - p.due) / period);
  p.due = next;
}

/// Pushes what is due of one unit and puts it back into the queue.
void poll(pointer self, const std::string& id, state::unit& u, const instruments& tell) {
  auto now = self->clock().now();
  auto when = tell.now();
  bus_results results;
  u.due = steady_moment::max();
  for (auto& [series, p] : u.points) {
    if (p.due <= now) emit(p, series, u, now, when, results.items);
    u.due = std::min(u.due, p.due);
  }
  if (!u.points.empty()) self->state.queue.emplace(u.due, id);
  tell.numbers->polls.Increment();
  if (!results.items.empty()) caf::anon_send(u.listener, std::move(results));
}

void serve(pointer self, const serve_unit& what, const instruments& tell) {
  auto& s = self->state;
  auto now = self->clock().now();
  if (!s.units.contains(what.device_id) && s.units.size() >= state::units_max) {
    link_status full{link_state::offline, tell.now(), "too many simulated units", {}};
    return caf::anon_send(what.listener, bus_results{{}, {{what.device_id, full}}});
  }
  auto [entry, fresh] = s.units.try_emplace(what.device_id);
  auto& u = entry->second;
  if (fresh) u.base = base_of(what.device_id, now);
  u.listener = what.listener;
  s.queue.erase({u.due, what.device_id});
  auto before = std::exchange(u.points, {});
  for (auto& p : what.points) {
    auto& c = p.what;
    state::point made{
        c, simulated_profile{c.simulation.value_or(simulation{})}, first_value(c), now, 0};
    if (auto had = before.find(p.series); had != before.end() && had->second.what.type == c.type)
      made.held = had->second.held;
    u.points.insert_or_assign(p.series, std::move(made));
  }
  link_status link{link_state::online, tell.now(), {}, {}};
  caf::anon_send(u.listener, bus_results{{}, {{what.device_id, link}}});
  poll(self, what.device_id, u, tell);
  sleep(self);
}

write_outcome carried_out(pointer self, const write_point& w, const instruments& tell) {
  write_outcome end{w.command_id, w.device_id, false, {}, {}, {}};
  auto unit = self->state.units.find(w.device_id);
  auto missing = unit == self->state.units.end() || !unit->second.points.contains(w.point.series);
  if (missing) {
    end.code = "unknown_unit";
    return end;
  }
  auto& p = unit->second.points.at(w.point.series);
  if (!w.only_read) {
    end.code =
        self->clock().now() >= w.deadline ? "expired" : check_simulated_write(p.what, w.what);
    if (!end.code.empty()) return end;
    p.held = converted(w.what, p.what.type);
    end.written = true;
    samples items{{w.point.series, quality::good, tell.now(), p.held}};
    caf::anon_send(unit->second.listener, bus_results{std::move(items), {}});
  }
  if (w.read_back || w.only_read) end.read_back = p.held;
  return end;
}

}  // namespace

simulated_bus_actor::behavior_type simulated_bus(pointer self, const instruments& tell) {
  return {
      [=](const serve_unit& what) { serve(self, what, tell); },
      [=](const drop_unit& what) {
        auto& s = self->state;
        auto unit = s.units.find(what.device_id);
        if (unit == s.units.end()) return;
        s.queue.erase({unit->second.due, what.device_id});
        s.units.erase(unit);
      },
      [=](const write_point& w) {
        auto end = carried_out(self, w, tell);
        if (w.listener) caf::anon_send<caf::message_priority::high>(w.listener, std::move(end));
      },
      [=](const simulated_tick& tick) {
        auto& s = self->state;
        if (tick.generation != s.generation) return;
        for (std::size_t i = 0; i < units_a_tick && !s.queue.empty(); ++i) {
          auto [due, id] = *s.queue.begin();
          if (due > self->clock().now()) break;
          s.queue.erase(s.queue.begin());
          poll(self, id, s.units.at(id), tell);
        }
        sleep(self);
      }};
}

}  // namespace stellwerk
