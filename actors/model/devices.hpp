#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/call_context.hpp"
#include "actors/model/codec.hpp"

/// Devices and channels: what people write, what is stored, what is answered, what is asked.
namespace stellwerk {

enum class direction : std::uint8_t { in, out, both };
BOOST_DESCRIBE_ENUM(direction, in, out, both)
enum class command_order : std::uint8_t { latest, queue };
BOOST_DESCRIBE_ENUM(command_order, latest, queue)
enum class scaling_kind : std::uint8_t { none, linear, divide };
BOOST_DESCRIBE_ENUM(scaling_kind, none, linear, divide)
enum class device_kind : std::uint8_t {
  plc,
  pc,
  ps5,
  xbox,
  switch_,
  camera,
  plug,
  controller,
  host,
  other
};
BOOST_DESCRIBE_ENUM(device_kind, plc, pc, ps5, xbox, switch_, camera, plug, controller, host, other)
enum class link_state : std::uint8_t { connecting, online, degraded, offline, disabled };
BOOST_DESCRIBE_ENUM(link_state, connecting, online, degraded, offline, disabled)
enum class availability : std::uint8_t { available, offline, in_session, maintenance, disabled };
BOOST_DESCRIBE_ENUM(availability, available, offline, in_session, maintenance, disabled)
enum class profile : std::uint8_t { constant, sine_wave, sawtooth, random_walk, step };
BOOST_DESCRIBE_ENUM(profile, constant, sine_wave, sawtooth, random_walk, step)

/// Raw → engineering: `linear` raw × scale + offset, `divide` raw ÷ divisor, then clamped to
/// min..max if `clamp`. Writing is the exact inverse.
struct scaling {
  scaling_kind kind = scaling_kind::none;
  double scale = 1;
  double offset = 0;
  double divisor = 1;
  bool clamp = false;
};
BOOST_DESCRIBE_STRUCT(scaling, (), (kind, scale, offset, divisor, clamp))

struct simulation {
  stellwerk::profile profile = stellwerk::profile::constant;
  double base_value = 0;
  double amplitude = 0;
  double period_s = 60;
  double noise = 0;
  std::uint32_t seed = 1;
};
BOOST_DESCRIBE_STRUCT(simulation, (), (profile, base_value, amplitude, period_s, noise, seed))

using device_name = text<1, 100, charset::name>;
using channel_name = text<1, 100, charset::dotted>;

struct channel {
  channel_name name;
  stellwerk::direction direction = stellwerk::direction::in;
  value_type type = value_type::float_;
  text<0, 50> unit;
  std::optional<double> min;
  std::optional<double> max;
  stellwerk::scaling scaling;
  json_text address;  // by the driver's address schema
  bounded<std::uint32_t, 50, 3'600'000> poll_ms = 1000;
  double deadband = 0;  // engineering units; ≥ 0
  std::optional<value> safe_value;
  bounded<std::uint32_t, 0, 86'400> lease_s = 0;  // 0: no lease
  bool verify = true;
  command_order order = command_order::latest;
  std::optional<double> tolerance;  // of read-back; absent: half a raw step
  std::optional<stellwerk::simulation> simulation;
  text<0, 30> retention_class = {};  // of `[history.classes]`; empty: the default
};
BOOST_DESCRIBE_STRUCT(
    channel, (),
    (name, direction, type, unit, min, max, scaling, address, poll_ms, deadband, safe_value,
     lease_s, verify, order, tolerance, simulation, retention_class)
)

/// What people say about a device. The same rules on create and change: see `check`.
struct device_fields {
  device_name name;
  text<1, 50, charset::user> driver;
  json_text settings;  // by the driver's settings schema
  device_kind kind = device_kind::other;
  text<0, 100> location;
  text<0, 45> ip_address;
  text<0, 17> mac_address;
  std::vector<text<1, 50>> tags;
  json_text specs;
  bool bookable = false;
  bool enabled = true;
  bool maintenance = false;
  std::vector<channel> channels;
};
BOOST_DESCRIBE_STRUCT(
    device_fields, (),
    (name, driver, settings, kind, location, ip_address, mac_address, tags, specs, bookable,
     enabled, maintenance, channels)
)

/// As stored under `device \0 id`. `series` numbers are never used again, not even after the
/// channel of that name was deleted and made anew.
struct device_document {
  std::string id;
  device_fields fields;
  std::map<std::string, std::uint32_t> series;  // by channel name
  wall_time created_at{};
  wall_time updated_at{};
  std::optional<wall_time> deleted_at;
};
BOOST_DESCRIBE_STRUCT(device_document, (), (id, fields, series, created_at, updated_at, deleted_at))

struct link_status {
  link_state state = link_state::connecting;
  wall_time since{};
  std::string last_error;
  std::optional<wall_time> next_try_at;
};
BOOST_DESCRIBE_STRUCT(link_status, (), (state, since, last_error, next_try_at))

struct device_view {
  std::string id;
  json::flat<device_fields> fields;
  stellwerk::availability availability = stellwerk::availability::offline;
  link_status link;
  wall_time created_at{};
  wall_time updated_at{};
  std::uint64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(
    device_view, (), (id, fields, availability, link, created_at, updated_at, revision)
)

struct device_page {
  std::vector<device_view> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(device_page, (), (items, next_cursor))
struct channel_page {
  std::vector<channel> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(channel_page, (), (items, next_cursor))
struct driver_view {
  std::string name;
  std::string version;
  bool blocking = false;
  json_text settings_schema;
  json_text address_schema;
};
BOOST_DESCRIBE_STRUCT(driver_view, (), (name, version, blocking, settings_schema, address_schema))
struct driver_page {
  std::vector<driver_view> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(driver_page, (), (items, next_cursor))

// --- requests; `device` is an id or a name
// --------------------------------------------------------

using device_ref = text<1, 100, charset::name>;

struct create_device {
  context_ptr context;
  json::flat<device_fields> fields;
};
BOOST_DESCRIBE_STRUCT(create_device, (), (context, fields))
struct list_devices {
  context_ptr context;
  std::optional<device_kind> kind;
  std::optional<std::string> driver;
  std::optional<std::string> tag;
  std::optional<link_state> state;
  std::optional<text<0, 100>> q;  // in the name or location, case-insensitive
  bounded<std::uint32_t, 1, 1000> limit = 100;
  std::optional<text<0, 200>> cursor;
};
BOOST_DESCRIBE_STRUCT(list_devices, (), (context, kind, driver, tag, state, q, limit, cursor))
struct read_device {
  context_ptr context;
  device_ref device;
};
BOOST_DESCRIBE_STRUCT(read_device, (), (context, device))
/// `patch` is merged (RFC 7396) into the device's fields; the result must meet the same rules.
struct change_device {
  context_ptr context;
  device_ref device;
  json_text patch;
};
BOOST_DESCRIBE_STRUCT(change_device, (), (context, device, patch))
struct remove_device {
  context_ptr context;
  device_ref device;
};
BOOST_DESCRIBE_STRUCT(remove_device, (), (context, device))
struct restore_device {
  context_ptr context;
  device_ref device;  // an id: the name may be another's by now
};
BOOST_DESCRIBE_STRUCT(restore_device, (), (context, device))
struct list_channels {
  context_ptr context;
  device_ref device;
};
BOOST_DESCRIBE_STRUCT(list_channels, (), (context, device))
struct create_channel {
  context_ptr context;
  device_ref device;
  json::flat<stellwerk::channel> fields;
};
BOOST_DESCRIBE_STRUCT(create_channel, (), (context, device, fields))
struct change_channel {
  context_ptr context;
  device_ref device;
  stellwerk::channel_name channel;
  json_text patch;
};
BOOST_DESCRIBE_STRUCT(change_channel, (), (context, device, channel, patch))
struct remove_channel {
  context_ptr context;
  device_ref device;
  stellwerk::channel_name channel;
};
BOOST_DESCRIBE_STRUCT(remove_channel, (), (context, device, channel))
struct list_drivers {
  context_ptr context;
};
BOOST_DESCRIBE_STRUCT(list_drivers, (), (context))
/// Whether devices and open commands are loaded, and how many there are.
struct read_readiness {
  context_ptr context;
};
BOOST_DESCRIBE_STRUCT(read_readiness, (), (context))
struct field_readiness {
  bool loaded = false;
  std::uint32_t devices = 0;
  std::uint32_t reachable = 0;  // online or degraded
};
BOOST_DESCRIBE_STRUCT(field_readiness, (), (loaded, devices, reachable))

}  // namespace stellwerk
