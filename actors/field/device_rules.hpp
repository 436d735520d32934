#pragma once

#include <caf/expected.hpp>
#include <span>
#include <string>
#include <vector>

#include "actors/field/drivers.hpp"
#include "actors/model/devices.hpp"

/// What the types of the fields cannot say alone. Pure; the same on create and on change.
namespace stellwerk {

inline constexpr std::size_t devices_max = 10'000;
inline constexpr std::size_t channels_max = 1'000;  // of a device
inline constexpr std::size_t tags_max = 50;         // of a device

struct device_rules {
  std::span<const driver> drivers;
  field_options options;
  std::vector<std::string> classes = {};  // of retention

  /// Null if there is none of that name.
  const driver* driver_of(const device_fields& fields) const;
  /// Everything that is wrong, with paths from the device's body: `channels[1].min`.
  /// What `before` says of classes of retention may stand: they may have left the configuration.
  problems check(const device_fields& fields, const device_fields* before = nullptr) const;
  bool knows_class(const std::string& word) const;
};

/// Null if there is none of that name.
const channel* channel_of(const device_document& document, const std::string& name);

/// Everything that is wrong with one channel, with paths from its own body: `min`.
/// `by` may be null: then its address is not looked at.
problems check(const channel& what, const driver* by);

/// `wanted` as `where` takes it, or not_writable, invalid (of another type), out_of_range.
/// `by` may be null: then only the channel itself is asked.
caf::expected<value> writable(const channel& where, const value& wanted, const driver* by);

/// How far a value read back from `where` may lie from the one written: its `tolerance`, or what
/// its driver says (half a raw step) and what a 32-bit float rounds away.
double tolerance_of(const channel& where, const value& wanted, const driver* by);
/// Numbers within `tolerance`; anything else must be equal.
bool is_same(const value& wanted, const value& held, double tolerance);

/// `now` with `patch` merged in (RFC 7396), read by the same strict rules as a new body.
template <class T>
problems merged(const T& now, const json_text& patch, T& out) {
  problem why;
  auto target = json::parse(json::encode(now), why, {.depth = 64});  // as the store reads it
  auto given = json::parse(patch.text.empty() ? "{}" : patch.text, why);
  if (!target || !given) return {std::move(why)};
  json::merge(*target, *given);
  json::reader r;
  json::read(*target, out, r);
  return r.take();
}

}  // namespace stellwerk
