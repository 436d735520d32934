#include "tests/actors/field/field_site.hpp"

namespace stellwerk {

template <class Response, class Request>
actor_test::answer<Response> field_site::begin(const devices_actor& to, Request what) {
  return actor_test::begin<Response>(to, std::move(what));
}

template actor_test::answer<device_view> field_site::begin(const devices_actor&, create_device);
template actor_test::answer<device_view> field_site::begin(const devices_actor&, read_device);
template actor_test::answer<device_view> field_site::begin(const devices_actor&, change_device);
template actor_test::answer<device_view> field_site::begin(const devices_actor&, restore_device);
template actor_test::answer<void> field_site::begin(const devices_actor&, remove_device);
template actor_test::answer<device_page> field_site::begin(const devices_actor&, list_devices);
template actor_test::answer<driver_page> field_site::begin(const devices_actor&, list_drivers);
template actor_test::answer<channel_page> field_site::begin(const devices_actor&, list_channels);
template actor_test::answer<channel> field_site::begin(const devices_actor&, create_channel);
template actor_test::answer<channel> field_site::begin(const devices_actor&, change_channel);
template actor_test::answer<void> field_site::begin(const devices_actor&, remove_channel);
template actor_test::answer<command_record> field_site::begin(const devices_actor&, send_command);
template actor_test::answer<command_record> field_site::begin(const devices_actor&, await_outcome);
template actor_test::answer<command_record> field_site::begin(const devices_actor&, read_command);
template actor_test::answer<command_record> field_site::begin(const devices_actor&, cancel_command);
template actor_test::answer<command_page> field_site::begin(const devices_actor&, list_commands);
template actor_test::answer<field_readiness> field_site::begin(
    const devices_actor&, read_readiness
);

caf::expected<device_view> field_site::create(const std::string& body, context_ptr by) {
  return ask<device_view>(devices, create_device{by, {fields_of(body)}});
}

caf::expected<device_view> field_site::patch(
    const std::string& device, const std::string& with, context_ptr by
) {
  return ask<device_view>(devices, change_device{by, device, {with}});
}

caf::expected<device_view> field_site::read(const std::string& device, context_ptr by) {
  return ask<device_view>(devices, read_device{by, device});
}

caf::expected<device_page> field_site::list(list_devices what, context_ptr by) {
  what.context = std::move(by);
  return ask<device_page>(devices, what);
}

caf::expected<command_record> field_site::command(
    const std::string& channel, value what, std::uint32_t within_ms, context_ptr by
) {
  auto within = bounded<std::uint32_t, 100, 86'400'000>::clamped(within_ms);
  return ask<command_record>(devices, send_command{by, "tank-1", channel, what, within, {}});
}

caf::expected<command_record> field_site::look(const std::string& id, std::uint32_t within_ms) {
  return ask<command_record>(devices, await_outcome{as("admin"), id, within_ms});
}

}  // namespace stellwerk
