#include <map>
#include <utility>

#include "actors/field/device_records.hpp"
#include "actors/field/devices_state.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto read_within = 10s;

auto give_up(devices_self* self) {
  return [=](const caf::error& why) { start_over(self, why); };
}

/// Their samples are kept by the longest rule there is.
void tell_unknown_classes(devices_self* self) {
  auto& wired = self->state.wired;
  std::map<std::string, std::int64_t> channels;  // by class
  for (auto& [id, entry] : self->state.by_id)
    for (auto& one : entry.document.fields.channels)
      if (!wired.rules.knows_class(one.retention_class)) ++channels[one.retention_class];
  for (auto& [word, count] : channels)
    wired.tell.lines->warn(
        "devices.retention_class_unknown", {{"class", word}, {"channels", count}}
    );
}

/// All devices stand; now each gets its commands and its actor.
void begin(devices_self* self, open_commands open) {
  auto& state = self->state;
  std::map<std::string, open_commands> of_device;
  open_commands orphans;
  for (auto& one : open) {
    auto& id = one.record.device_id;
    if (state.unreadable.contains(id)) continue;  // a newer version may know
    auto& whose = state.by_id.contains(id) ? of_device[id] : orphans;
    whose.push_back(std::move(one));
  }
  for (auto& [id, entry] : state.by_id) spawn_device(self, entry, std::move(of_device[id]));
  end_orphans(self, std::move(orphans), [=] {
    auto devices = static_cast<std::int64_t>(self->state.by_id.size());
    self->state.loaded = true;
    tell_unknown_classes(self);
    self->state.wired.tell.lines->info("devices.loaded", {{"devices", devices}});
    self->send(self, prune_atom::value);
  });
}

void load_series(devices_self* self) {
  auto read = [=](const documents& found) {
    auto& next = self->state.next_series;
    if (!found.items.empty()) next = std::max(next, next_series_from(found.items[0]));
    read_open(self, document_key("command-open", ""), [=](caf::expected<open_commands> open) {
      if (!open) return start_over(self, open.error());
      begin(self, std::move(*open));
    });
  };
  self->request(self->state.wired.reader, read_within, scan{next_series_key(), "", 1})
      .then(read, give_up(self));
}

void take(devices_self* self, const document& stored) {
  auto& state = self->state;
  auto read = device_from(stored);
  if (!read) {
    auto id = stored.key.substr(stored.key.find('\0') + 1);
    state.wired.tell.lines->error("device.unreadable", {{"device", id}});
    state.unreadable.insert(std::move(id));
    return;
  }
  for (auto& [channel, series] : read->series)
    state.next_series = std::max(state.next_series, series + 1);
  if (!read->deleted_at) adopt(self, std::move(*read), stored.revision);
}

void load_devices(devices_self* self, std::string after) {
  self->request(self->state.wired.reader, read_within, scan{device_key(""), std::move(after), 1000})
      .then(
          [=](const documents& found) {
            for (auto& stored : found.items) take(self, stored);
            if (!found.more || found.items.empty()) return load_series(self);
            load_devices(self, found.items.back().key);
          },
          give_up(self)
      );
}

void read_open_after(
    devices_self* self, std::string prefix, std::string after, std::shared_ptr<open_commands> all,
    std::function<void(caf::expected<open_commands>)> then
) {
  self->request(self->state.wired.reader, read_within, scan{prefix, std::move(after), 1000})
      .then(
          [=](const documents& found) {
            for (auto& stored : found.items) {
              auto record = command_from(stored);
              auto key = stored.key.substr(stored.key.find('\0') + 1);
              if (record)
                all->push_back({std::move(*record), stored.revision});
              else
                self->state.wired.tell.lines->error("command.unreadable", {{"command", key}});
            }
            if (!found.more || found.items.empty()) return then(std::move(*all));
            read_open_after(self, prefix, found.items.back().key, all, then);
          },
          [=](caf::error& why) { then(std::move(why)); }
      );
}

}  // namespace

void load(devices_self* self) {
  auto& wired = self->state.wired;
  self->request(wired.store, read_within, loading_commit(wired.tell.now()))
      .then([=](const committed&) { load_devices(self, ""); }, give_up(self));
}

void read_open(
    devices_self* self, std::string prefix, std::function<void(caf::expected<open_commands>)> then
) {
  read_open_after(self, std::move(prefix), "", std::make_shared<open_commands>(), std::move(then));
}

void end_orphans(devices_self* self, open_commands open, std::function<void()> then) {
  if (open.empty()) return then();
  auto record = std::move(open.back().record);
  open.pop_back();
  auto written = record.status == command_status::sent;
  command_end how{command_status::refused, "device_deleted", "", false, {}};
  if (written) how = {command_status::failed, "unknown_effect", "the device is gone", false, {}};
  auto& wired = self->state.wired;
  auto what = end_commit(ended(std::move(record), how, wired.tell.now()), nullptr);
  self->request(wired.store, read_within, std::move(what))
      .then(
          [=](const committed&) { end_orphans(self, open, then); },
          [=](const caf::error& why) {
            // Its actor was quicker.
            if (is(why, errc::stale_revision)) return end_orphans(self, open, then);
            auto text = render(why);
            self->state.wired.tell.lines->warn("command.not_ended", {{"error", text}});
            then();
          }
      );
}

}  // namespace stellwerk
