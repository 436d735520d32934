#include <caf/send.hpp>
#include <system_error>
#include <utility>

#include "actors/field/device_records.hpp"
#include "actors/field/devices_state.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

void count(devices_self* self, link_state state, double by) {
  self->state.wired.tell.numbers->devices.Add({{"state", to_word(state)}}).Increment(by);
}

void show_link(devices_self* self, device_entry& entry, link_status next) {
  count(self, entry.link.state, -1);
  entry.link = std::move(next);
  count(self, entry.link.state, 1);
}

bool is_pushed(devices_self* self, const device_entry& entry) {
  auto* by = self->state.wired.rules.driver_of(entry.document.fields);
  return by != nullptr && by->pushed;
}

/// Empty for a device without a line: pushed, or with settings that its driver refuses by now.
std::string line_of(devices_self* self, const device_fields& fields) {
  auto& rules = self->state.wired.rules;
  auto* by = rules.driver_of(fields);
  if (by == nullptr || by->pushed) return {};
  if (by->check_settings != nullptr && !by->check_settings(fields.settings, rules.options).empty())
    return {};
  auto key = by->line_key != nullptr ? by->line_key(fields.settings) : std::string{};
  return std::string{by->name} + ' ' + key;
}

/// Now, or later if that is too much.
void spawn_bus(devices_self* self, const std::string& key, device_line& line) {
  auto& state = self->state;
  auto& options = state.wired.rules.options;
  auto later = [&](std::string why) {
    line.no_bus = std::move(why);
    auto wait = line.delay.after_end(self->clock().now());
    self->delayed_send(self, wait, bus_again_atom::value, key);
  };
  if (state.buses >= options.lines_max) return later("too many lines");
  try {
    line.bus = line.by->spawn(self->system(), line.settings, options, state.wired.tell);
  } catch (const std::system_error& why) {  // no more threads
    state.wired.tell.lines->warn("field.no_bus", {{"line", key}, {"error", why.what()}});
    return later("its line cannot be started");
  }
  ++state.buses;
  self->monitor(line.bus);
}

void join_line(devices_self* self, device_entry& entry) {
  auto& state = self->state;
  auto& fields = entry.document.fields;
  auto key = line_of(self, fields);
  if (key == entry.line) return;
  leave_line(self, std::exchange(entry.line, key), entry.document.id);
  if (key.empty()) return;
  auto [line, fresh] = state.lines.try_emplace(key);
  line->second.devices.insert(entry.document.id);
  if (!fresh) return;
  line->second.by = state.wired.rules.driver_of(fields);
  line->second.settings = fields.settings;
  spawn_bus(self, key, line->second);
}

set_up_device set_up_of(devices_self* self, const device_entry& entry) {
  auto* by = self->state.wired.rules.driver_of(entry.document.fields);
  auto line = self->state.lines.find(entry.line);
  if (line == self->state.lines.end())
    return {entry.document, {}, by, by == nullptr ? "unknown driver" : "its settings are refused"};
  return {entry.document, line->second.bus, by, line->second.no_bus};
}

void tell(devices_self* self, const device_entry& entry) {
  if (entry.actor) self->send<caf::message_priority::high>(entry.actor, set_up_of(self, entry));
}

void warn_of_end(
    devices_self* self, std::string_view what, const std::string& which, const caf::down_msg& down
) {
  auto text = render(down.reason);
  self->state.wired.tell.lines->warn(
      "field.child_ended", {{"kind", what}, {"which", which}, {"reason", text}}
  );
}

/// Of a device whose actor is gone: nobody else can say that what history has as good is old.
void mark_stale(devices_self* self, const device_entry& entry) {
  if (is_pushed(self, entry)) return;
  read_latest wanted;
  for (auto& [channel, series] : entry.document.series) wanted.series.push_back(series);
  auto mark = [=, id = entry.document.id](latest_values& known) {
    auto& state = self->state;
    auto found = state.by_id.find(id);
    if (found == state.by_id.end() || found->second.actor) return;  // then it will be its to say
    std::erase_if(known.items, [](auto& one) { return one.quality == quality::stale; });
    for (auto& one : known.items) {
      one.quality = quality::stale;
      one.time = std::max(one.time, state.wired.tell.now());
    }
    if (!known.items.empty())
      self->send<caf::message_priority::high>(
          state.wired.history, record_samples{std::move(known.items)}
      );
  };
  auto& wired = self->state.wired;
  self->request(wired.history, 10s, std::move(wanted)).then(mark, [=](const caf::error& why) {
    auto text = render(why);
    self->state.wired.tell.lines->warn("device.not_marked_stale", {{"error", text}});
  });
}

}  // namespace

devices_state::~devices_state() {
  for (auto& [id, entry] : by_id) {
    if (entry.actor) caf::anon_send_exit(entry.actor, caf::exit_reason::user_shutdown);
    auto& devices = wired.tell.numbers->devices;
    devices.Add({{"state", to_word(entry.link.state)}}).Decrement();
  }
  for (auto& [key, line] : lines)
    if (line.bus) caf::anon_send_exit(line.bus, caf::exit_reason::user_shutdown);
}

device_entry& adopt(devices_self* self, device_document document, std::uint64_t revision) {
  auto& state = self->state;
  auto [place, fresh] = state.by_id.try_emplace(document.id);
  auto& entry = place->second;
  auto before = std::exchange(entry.document, std::move(document));
  auto& now = entry.document;
  entry.revision = revision;
  entry.tags = tags_of(now.fields);
  if (fresh) {
    entry.link.since = state.wired.tell.now();
    count(self, entry.link.state, 1);
    state.by_age.emplace(now.created_at, now.id);
  } else {
    state.by_name.erase(json::lower(before.fields.name.str()));
  }
  state.by_name[json::lower(now.fields.name.str())] = now.id;
  publish(*state.wired.names, fresh ? nullptr : &before, &now, is_pushed(self, entry));
  join_line(self, entry);
  tell(self, entry);
  return entry;
}

device_entry release(devices_self* self, const std::string& id) {
  auto& state = self->state;
  auto gone = std::move(state.by_id.extract(id).mapped());
  count(self, gone.link.state, -1);
  state.by_age.erase({gone.document.created_at, id});
  state.by_name.erase(json::lower(gone.document.fields.name.str()));
  publish(*state.wired.names, &gone.document, nullptr, false);
  return gone;
}

void drop_from_line(devices_self* self, const std::string& line, const std::string& device_id) {
  auto found = self->state.lines.find(line);
  if (found != self->state.lines.end() && found->second.bus)
    self->send<caf::message_priority::high>(found->second.bus, drop_unit{device_id});
}

void leave_line(devices_self* self, const std::string& line, const std::string& device_id) {
  auto found = self->state.lines.find(line);
  if (found == self->state.lines.end()) return;
  found->second.devices.erase(device_id);
  if (!found->second.devices.empty()) return;
  if (found->second.bus) {
    self->send_exit(found->second.bus, caf::exit_reason::user_shutdown);
    --self->state.buses;
  }
  self->state.lines.erase(found);
}

void spawn_device(devices_self* self, device_entry& entry, open_commands open) {
  auto& wired = self->state.wired;
  device_wiring wiring{wired.store, wired.reader, wired.history, devices_inside{self}, wired.tell};
  entry.actor = self->spawn(device, std::move(wiring), set_up_of(self, entry), std::move(open));
  self->monitor(entry.actor);
}

void child_ended(devices_self* self, const caf::down_msg& down) {
  auto& state = self->state;
  auto now = self->clock().now();
  for (auto& [id, entry] : state.by_id) {
    if (!entry.actor || entry.actor.address() != down.source) continue;
    entry.actor = device_actor{};
    auto wait = entry.delay.after_end(now);
    auto at = state.wired.tell.now();
    show_link(self, entry, {link_state::offline, at, "is being started again", at + wait});
    drop_from_line(self, entry.line, id);
    mark_stale(self, entry);
    self->delayed_send(self, wait, again_atom::value, id);
    return warn_of_end(self, "device", id, down);
  }
  for (auto& [key, line] : state.lines) {
    if (!line.bus || line.bus.address() != down.source) continue;
    line.bus = bus_actor{};
    line.no_bus = "its line is being started again";
    --state.buses;
    for (auto& id : line.devices)
      if (auto device = state.by_id.find(id); device != state.by_id.end())
        tell(self, device->second);
    self->delayed_send(self, line.delay.after_end(now), bus_again_atom::value, key);
    return warn_of_end(self, "bus", key, down);
  }
}

/// What its former self sent to the store is in before it is read.
void respawn_device(devices_self* self, const std::string& id) {
  auto retry = [=](const caf::error&) {
    auto found = self->state.by_id.find(id);
    if (found == self->state.by_id.end()) return;
    auto wait = found->second.delay.after_end(self->clock().now());
    mark_stale(self, found->second);
    self->delayed_send(self, wait, again_atom::value, id);
  };
  auto spawn_with = [=](caf::expected<open_commands> open) {
    if (!open) return retry(open.error());
    auto found = self->state.by_id.find(id);
    if (found == self->state.by_id.end() || found->second.actor) return;
    spawn_device(self, found->second, std::move(*open));
  };
  if (!self->state.by_id.contains(id)) return;
  self->request(self->state.wired.store, 10s, loading_commit(self->state.wired.tell.now()))
      .then(
          [=](const committed&) { read_open(self, open_command_key(id, ""), spawn_with); }, retry
      );
}

void respawn_bus(devices_self* self, const std::string& key) {
  auto line = self->state.lines.find(key);
  if (line == self->state.lines.end() || line->second.bus) return;
  spawn_bus(self, key, line->second);
  if (!line->second.bus) return;
  for (auto& id : line->second.devices)
    if (auto device = self->state.by_id.find(id); device != self->state.by_id.end())
      tell(self, device->second);
}

void take_link(devices_self* self, const link_changed& what) {
  auto found = self->state.by_id.find(what.device_id);
  if (found != self->state.by_id.end()) show_link(self, found->second, what.link);
}

}  // namespace stellwerk
