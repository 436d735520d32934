#include <algorithm>
#include <utility>

#include "actors/field/device.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

struct link_facts {
  link_state from{};
  link_state to{};
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(link_facts, (), (from, to, reason))

link_status status(device_self* self, link_state next, std::string why) {
  return {next, self->state.wired.tell.now(), std::move(why), {}};
}

void serve(device_self* self) {
  auto& now = self->state.now;
  serve_unit unit{now.document.id, now.document.fields.settings, {}, self};
  for (auto& channel : now.document.fields.channels)
    unit.points.push_back({now.document.series.at(channel.name), channel});
  self->send<caf::message_priority::high>(now.bus, std::move(unit));
}

}  // namespace

/// One commit at a time, until it is done: states that come and go meanwhile are told as one move.
void journal_link(device_self* self) {
  auto& state = self->state;
  if (state.journaling || state.journaled == state.link.state) return;
  if (self->clock().now() < state.journal_after) return arm(self);
  state.journaling = true;
  auto to = state.link.state;
  link_facts facts{state.journaled, to, state.link.last_error};
  auto subject = "device/" + state.now.document.fields.name.str();
  auto told = make_event(
      event_type::device_state_changed, std::move(subject), nullptr, {json::encode(facts)}
  );
  self->request(state.wired.store, 10s, commit{{}, {}, {std::move(told)}, {}})
      .then(
          [=](const committed&) {
            self->state.journaling = false;
            self->state.journaled = to;
            journal_link(self);
          },
          [=](const caf::error& why) {
            self->state.journaling = false;
            self->state.journal_after = self->clock().now() + 1s;
            auto text = render(why);
            self->state.wired.tell.lines->warn("device.state_not_journaled", {{"error", text}});
            arm(self);
          }
      );
}

void store_samples(device_self* self, samples items) {
  if (items.empty()) return;
  self->send(self->state.wired.history, record_samples{std::move(items)});
}

void set_link(device_self* self, link_status next) {
  auto& state = self->state;
  auto& tell = state.wired.tell;
  if (next.state == state.link.state) next.since = state.link.since;
  auto lost = next.state == link_state::offline || next.state == link_state::disabled;
  state.link = std::move(next);
  state.queue.reachable(
      state.link.state == link_state::online || state.link.state == link_state::degraded
  );
  if (lost) store_samples(self, state.filter.lost(tell.now()));
  self->send<caf::message_priority::high>(
      state.wired.parent, link_changed{state.now.document.id, state.link}
  );
  journal_link(self);
  pump(self);
}

void take_results(device_self* self, bus_results& seen) {
  auto& now = self->state.now;
  if (!now.bus || !now.document.fields.enabled) return;
  store_samples(self, self->state.filter.take(std::move(seen.items), self->clock().now()));
  for (auto& report : seen.reports)
    if (report.device_id == now.document.id) set_link(self, std::move(report.link));
  arm(self);
}

void set_up(device_self* self, set_up_device next) {
  auto& state = self->state;
  auto before = std::exchange(state.now, std::move(next));
  auto& now = state.now;
  auto serves = [](const set_up_device& what) { return what.bus && what.document.fields.enabled; };
  state.filter.plan(now.document, self->clock().now());
  auto left = serves(before) && !(serves(now) && now.bus == before.bus);
  if (left) {
    self->send<caf::message_priority::high>(before.bus, drop_unit{now.document.id});
    state.queue.line_lost(self->clock().now());
  }
  if (serves(now)) serve(self);
  refuse_unfit(self);

  if (!now.document.fields.enabled)
    set_link(self, status(self, link_state::disabled, ""));
  else if (now.pushed())
    set_link(self, status(self, link_state::online, ""));
  else if (!now.bus)
    set_link(self, status(self, link_state::offline, now.no_bus));
  else if (left || !serves(before))
    set_link(self, status(self, link_state::connecting, ""));
  pump(self);
}

/// What history knows of the channels: so that they become stale if the device does not come back.
void recall(device_self* self) {
  auto& state = self->state;
  if (state.now.pushed()) return;
  read_latest wanted;
  for (auto& [channel, series] : state.now.document.series) wanted.series.push_back(series);
  if (wanted.series.empty()) return;
  self->request(state.wired.history, 10s, std::move(wanted))
      .then(
          [=](const latest_values& known) {
            for (auto& one : known.items) self->state.filter.remember(one);
            arm(self);
          },
          [=](const caf::error& why) {
            auto text = render(why);
            self->state.wired.tell.lines->warn("device.no_history", {{"error", text}});
          }
      );
}

}  // namespace stellwerk
