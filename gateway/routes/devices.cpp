#include "gateway/ask_row.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t device_bytes_max = 1'048'576;  // up to 1,000 channels
constexpr auto devices = &services::devices;

constexpr route table[] = {
    ask_row<list_drivers, devices>(
        {.id = "listDrivers",
         .method = http_method::get,
         .path = "/api/v1/drivers",
         .summary = "Drivers with the schemas of their settings and addresses",
         .needs = permission::device_read,
         .limit = rate_class::standard}
    ),
    ask_row<list_devices, devices>(
        {.id = "listDevices",
         .method = http_method::get,
         .path = "/api/v1/devices",
         .summary = "Devices that the caller may see",
         .needs = permission::device_read,
         .limit = rate_class::standard}
    ),
    ask_row<create_device, devices>(
        {.id = "createDevice",
         .method = http_method::post,
         .path = "/api/v1/devices",
         .summary = "Make a device, with its channels",
         .needs = permission::device_create,
         .limit = rate_class::write,
         .success = 201,
         .location = "/api/v1/devices/{id}",
         .body_bytes_max = device_bytes_max}
    ),
    ask_row<read_device, devices>(
        {.id = "readDevice",
         .method = http_method::get,
         .path = "/api/v1/devices/{device}",
         .summary = "One device, by id or name",
         .needs = permission::device_read,
         .limit = rate_class::standard}
    ),
    ask_row<change_device, devices>(
        {.id = "changeDevice",
         .method = http_method::patch,
         .path = "/api/v1/devices/{device}",
         .summary = "Change fields of a device (JSON merge patch)",
         .needs = permission::device_update,
         .limit = rate_class::write,
         .body_bytes_max = device_bytes_max}
    ),
    ask_row<remove_device, devices>(
        {.id = "removeDevice",
         .method = http_method::delete_,
         .path = "/api/v1/devices/{device}",
         .summary = "Delete a device; its samples and journal stay",
         .needs = permission::device_delete,
         .limit = rate_class::write}
    ),
    ask_row<restore_device, devices>(
        {.id = "restoreDevice",
         .method = http_method::post,
         .path = "/api/v1/devices/{device}/restore",
         .summary = "Bring a deleted device back, by id",
         .needs = permission::device_delete,
         .limit = rate_class::write}
    ),
    ask_row<list_channels, devices>(
        {.id = "listChannels",
         .method = http_method::get,
         .path = "/api/v1/devices/{device}/channels",
         .summary = "Channels of a device",
         .needs = permission::channel_read,
         .limit = rate_class::standard}
    ),
    ask_row<create_channel, devices>(
        {.id = "createChannel",
         .method = http_method::post,
         .path = "/api/v1/devices/{device}/channels",
         .summary = "Add a channel to a device",
         .needs = permission::channel_write,
         .limit = rate_class::write,
         .success = 201,
         .location = "/api/v1/devices/{device}/channels/{name}"}
    ),
    ask_row<change_channel, devices>(
        {.id = "changeChannel",
         .method = http_method::patch,
         .path = "/api/v1/devices/{device}/channels/{channel}",
         .summary = "Change fields of a channel (JSON merge patch)",
         .needs = permission::channel_write,
         .limit = rate_class::write}
    ),
    ask_row<remove_channel, devices>(
        {.id = "removeChannel",
         .method = http_method::delete_,
         .path = "/api/v1/devices/{device}/channels/{channel}",
         .summary = "Delete a channel; its samples stay",
         .needs = permission::channel_write,
         .limit = rate_class::write}
    ),
};

}  // namespace

route_table device_routes() { return table; }

}  // namespace stellwerk::gateway
