#pragma once

#include <caf/actor_system.hpp>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/field/bus.hpp"
#include "actors/field/registers.hpp"
#include "actors/model/error.hpp"
#include "monitoring/log.hpp"

namespace stellwerk {

/// Loopback and private addresses may always be spoken to; these networks, too.
struct field_options {
  std::vector<text<1, 49>> allowed_networks;  // CIDR: 198.51.100.0/24, 2001:db8::/32
  /// Buses; most have a thread. Devices on a line beyond it are offline until there is room.
  bounded<std::uint32_t, 1, 10'000> lines_max = 500;
};
BOOST_DESCRIBE_STRUCT(field_options, (), (allowed_networks, lines_max))

/// A device's `settings` of driver `modbus_tcp`.
struct modbus_settings {
  text<1, 253> host;  // an address, or a name that the bus resolves
  bounded<std::uint16_t, 1, 65'535> port = 502;
  bounded<std::uint16_t, 0, 247> unit = 1;
  bounded<std::uint32_t, 500, 30'000> timeout_ms = 3000;  // the longest a request may take
  bounded<std::uint16_t, 0, 5> retries = 1;               // of reads; a write is sent once
  bounded<std::uint16_t, 0, 64> gap_max = 8;  // registers or bits read in vain to save a request
};
BOOST_DESCRIBE_STRUCT(modbus_settings, (), (host, port, unit, timeout_ms, retries, gap_max))

/// A kind of bus: what its devices and channels say, which of them share a line, how it is made.
struct driver {
  std::string_view name;
  std::string_view version;
  bool blocking = false;  // each of its buses has a thread of its own
  bool pushed = false;    // there is no bus: `POST /samples` fills its channels
  std::string (*settings_schema)();
  std::string (*address_schema)();
  /// Paths are relative to the settings: `host`.
  problems (*check_settings)(const json_text& settings, const field_options& options);
  /// Paths are relative to the channel: `address.register`, `scaling.divisor`.
  problems (*check_channel)(const channel& what);
  /// Can `what` be written to the channel? Empty, or wrong_type, out_of_range, not_representable,
  /// not_writable. REQUIRES here and below: a checked channel.
  std::string (*check_write)(const channel& to, const value& what);
  /// How far a reading may lie from what was written and still be it, where the channel does not
  /// say so itself: half a raw step.
  double (*tolerance)(const channel& of, const value& written);
  /// How long a device may take to carry out a write that it has not acknowledged; null: it does so
  /// at once or not at all. REQUIRES: checked settings.
  std::chrono::milliseconds (*settles)(const json_text& settings);
  /// Devices with equal keys share a bus. REQUIRES: checked settings.
  std::string (*line_key)(const json_text& settings);
  /// The bus of all devices with this line key; null if `pushed`. REQUIRES: checked settings.
  bus_actor (*spawn
  )(caf::actor_system& system, const json_text& settings, const field_options& options,
    const instruments& tell);
};

/// All drivers there are, by name.
std::span<const driver> drivers();
/// Null if there is none of that name.
const driver* find_driver(std::string_view name);

}  // namespace stellwerk
