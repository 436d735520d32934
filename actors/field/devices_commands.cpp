#include <utility>

#include "actors/field/devices_state.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

void remember_owner(devices_self* self, const std::string& id, const std::string& device_id) {
  auto& state = self->state;
  if (!state.command_owners.emplace(id, device_id).second) return;
  state.command_order.push_back(id);
  if (state.command_order.size() <= devices_state::owners_max) return;
  state.command_owners.erase(state.command_order.front());
  state.command_order.pop_front();
}

/// Calls `then` with the device of a command, or refuses.
void with_owner(
    devices_self* self, const std::string& id, command_answer to,
    std::function<void(const std::string&)> then
) {
  auto& state = self->state;
  if (!state.loaded) return to.deliver(refuse(errc::not_ready));
  auto known = state.command_owners.find(id);
  if (known != state.command_owners.end()) return then(known->second);
  self->request(state.wired.reader, 5s, scan{command_owner_key(id), "", 1})
      .then(
          [=](const documents& found) mutable {
            auto device_id = found.items.empty() ? std::string{} : command_owner(found.items[0]);
            if (device_id.empty()) return to.deliver(refuse(errc::not_found));
            remember_owner(self, id, device_id);
            then(device_id);
          },
          [=](caf::error& why) mutable { to.deliver(std::move(why)); }
      );
}

/// Its device, if there is one and the caller may; else `to` is answered from the store, or
/// refused.
device_entry* visible_owner(
    devices_self* self, const std::string& device_id, const context_ptr& context, permission wanted,
    command_answer& to
) {
  auto& devices = self->state.by_id;
  auto found = devices.find(device_id);
  std::vector<std::string> no_tags;
  auto& tags = found == devices.end() ? no_tags : found->second.tags;
  if (!may(self, context, wanted, device_id, tags)) {
    auto known = may(self, context, permission::device_read, device_id, tags);
    to.deliver(refuse(known ? errc::forbidden : errc::not_found));
    return nullptr;
  }
  if (found == devices.end()) return nullptr;
  return &found->second;
}

}  // namespace

void send_to_device(devices_self* self, const send_command& what, command_answer to) {
  auto entry = find_device(self, {what.context, what.device, permission::device_command});
  if (!entry) return to.deliver(std::move(entry.error()));
  if (!(*entry)->actor) return to.deliver(refuse(errc::not_ready));
  carry_out order{what, uuid_v7(self->state.wired.tell.now())};
  remember_owner(self, order.id, (*entry)->document.id);
  to.delegate((*entry)->actor, std::move(order));
}

void await_final(
    devices_self* self, const await_outcome& what, permission wanted, command_answer to
) {
  with_owner(self, what.id, to, [=](const std::string& device_id) mutable {
    auto* entry = visible_owner(self, device_id, what.context, wanted, to);
    if (entry != nullptr && entry->actor) return void(to.delegate(entry->actor, what));
    if (!to.pending()) return;
    auto answer = [=](caf::expected<command_record> found) mutable {
      to.deliver(std::move(found));
    };
    read_command_of(self, self->state.wired.reader, device_id, what.id, std::move(answer));
  });
}

void cancel_waiting(devices_self* self, const cancel_command& what, command_answer to) {
  with_owner(self, what.id, to, [=](const std::string& device_id) mutable {
    auto* entry = visible_owner(self, device_id, what.context, permission::device_command, to);
    if (entry != nullptr && entry->actor) return void(to.delegate(entry->actor, what));
    if (!to.pending()) return;
    to.deliver(
        entry == nullptr ? refuse(errc::conflict, "The command is final") : refuse(errc::not_ready)
    );
  });
}

caf::result<command_page> list_of(devices_self* self, const list_commands& what) {
  auto entry = find_device(self, {what.context, what.device, permission::device_read});
  if (!entry) return std::move(entry.error());
  if (!(*entry)->actor) return refuse(errc::not_ready);
  return self->delegate((*entry)->actor, what);
}

}  // namespace stellwerk
