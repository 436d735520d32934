#include "actors/field/devices.hpp"

#include <algorithm>
#include <utility>

#include "actors/field/devices_state.hpp"

namespace stellwerk {

namespace {

/// Delivers the device after its change, as `shown`.
template <class Show>
device_done deliver(caf::response_promise to, Show shown) {
  return [=](const caf::error& why, const device_entry* entry) mutable {
    if (entry == nullptr)
      to.deliver(why);
    else
      to.deliver(shown(*entry));
  };
}

device_wish wish(const context_ptr& context, const device_ref& device, permission wanted) {
  return {context, device, wanted};
}

caf::result<device_view> read(devices_self* self, const read_device& what) {
  auto entry = find_device(self, wish(what.context, what.device, permission::device_read));
  if (!entry) return std::move(entry.error());
  return view_of(**entry);
}

caf::result<channel_page> channels(devices_self* self, const list_channels& what) {
  auto entry = find_device(self, wish(what.context, what.device, permission::channel_read));
  if (!entry) return std::move(entry.error());
  return channel_page{(*entry)->document.fields.channels, {}};
}

caf::result<channel> add_channel(devices_self* self, const create_channel& what) {
  auto to = self->make_response_promise<channel>();
  auto name = what.fields.fields.name.str();
  auto wanted = wish(what.context, what.device, permission::channel_write);
  wanted.channel = name;
  wanted.makes = true;
  auto show = [=](const device_entry& entry) {
    auto* made = channel_of(entry.document, name);
    return made != nullptr ? caf::expected<channel>{*made} : refuse(errc::not_found);
  };
  edit_device(self, std::move(wanted), with_channel(what.fields.fields), deliver(to, show));
  return to;
}

caf::result<channel> patch_channel(devices_self* self, const change_channel& what) {
  auto to = self->make_response_promise<channel>();
  auto wanted = wish(what.context, what.device, permission::channel_write);
  auto renamed = std::make_shared<std::string>(what.channel.str());
  wanted.channel = what.channel;
  auto edit = with_channel_patched(what.channel, what.patch);
  auto note_name = [=](const device_document& before) {
    auto after = edit(before);
    if (after)
      for (auto& one : after->fields.channels)
        if (!before.series.contains(one.name)) *renamed = one.name;
    return after;
  };
  auto show = [=](const device_entry& entry) { return *channel_of(entry.document, *renamed); };
  edit_device(self, std::move(wanted), note_name, deliver(to, show));
  return to;
}

caf::result<void> drop_channel(devices_self* self, const remove_channel& what) {
  auto to = self->make_response_promise<void>();
  auto wanted = wish(what.context, what.device, permission::channel_write);
  edit_device(
      self, std::move(wanted), without_channel(what.channel),
      deliver(to, [](const device_entry&) { return caf::unit; })
  );
  return to;
}

caf::result<device_view> make_device(devices_self* self, const create_device& what) {
  auto to = self->make_response_promise<device_view>();
  create(self, what, deliver(to, view_of));
  return to;
}

caf::result<device_view> patch_device(devices_self* self, const change_device& what) {
  auto to = self->make_response_promise<device_view>();
  auto wanted = wish(what.context, what.device, permission::device_update);
  edit_device(self, std::move(wanted), patched(what.patch), deliver(to, view_of));
  return to;
}

caf::result<void> drop_device(devices_self* self, const remove_device& what) {
  auto to = self->make_response_promise<void>();
  auto wanted = wish(what.context, what.device, permission::device_delete);
  remove(
      self, std::move(wanted),
      [answer = caf::response_promise{to}](const caf::error& why) mutable {
        if (why)
          answer.deliver(why);
        else
          answer.deliver(caf::unit);
      }
  );
  return to;
}

caf::result<device_view> bring_back(devices_self* self, const restore_device& what) {
  auto to = self->make_response_promise<device_view>();
  auto wanted = wish(what.context, what.device, permission::device_update);
  restore(self, std::move(wanted), deliver(to, view_of));
  return to;
}

field_readiness readiness_of(const devices_state& state) {
  auto reachable = std::ranges::count_if(state.by_id, [](auto& one) {
    auto link = one.second.link.state;
    return link == link_state::online || link == link_state::degraded;
  });
  return {
      state.loaded, static_cast<std::uint32_t>(state.by_id.size()),
      static_cast<std::uint32_t>(reachable)};
}

template <class Ask, class Request>
caf::result<command_record> answer(devices_self* self, Ask ask, const Request& what) {
  auto to = self->make_response_promise<command_record>();
  ask(self, what, to);
  return to;
}

devices_inside::behavior_type devices(devices_self* self, devices_wiring wired) {
  self->state.wired = std::move(wired);
  self->set_down_handler([=](caf::down_msg& down) { child_ended(self, down); });
  load(self);

  return {
      [=](const create_device& what) { return make_device(self, what); },
      [=](const list_devices& what) { return list_of(self, what); },
      [=](const read_device& what) { return read(self, what); },
      [=](const change_device& what) { return patch_device(self, what); },
      [=](const remove_device& what) { return drop_device(self, what); },
      [=](const restore_device& what) { return bring_back(self, what); },
      [=](const list_channels& what) { return channels(self, what); },
      [=](const create_channel& what) { return add_channel(self, what); },
      [=](const change_channel& what) { return patch_channel(self, what); },
      [=](const remove_channel& what) { return drop_channel(self, what); },
      [=](const list_drivers&) { return list_of(self->state.wired.rules.drivers); },
      [=](const send_command& what) { return answer(self, send_to_device, what); },
      [=](const await_outcome& what) {
        auto to = self->make_response_promise<command_record>();
        await_final(self, what, permission::device_command, to);
        return caf::result<command_record>{to};
      },
      [=](const read_command& what) {
        auto to = self->make_response_promise<command_record>();
        await_final(self, {what.context, what.id, 0}, permission::device_read, to);
        return caf::result<command_record>{to};
      },
      [=](const cancel_command& what) { return answer(self, cancel_waiting, what); },
      [=](const list_commands& what) { return list_of(self, what); },
      [=](const read_readiness&) { return readiness_of(self->state); },
      [=](const link_changed& what) { take_link(self, what); },
      [=](again_atom, const std::string& id) { respawn_device(self, id); },
      [=](bus_again_atom, const std::string& line) { respawn_bus(self, line); },
      [=](prune_atom) { prune_commands(self); },
  };
}

}  // namespace

devices_actor spawn_devices(caf::actor_system& system, devices_wiring wired) {
  return system.spawn(devices, std::move(wired));
}

}  // namespace stellwerk
