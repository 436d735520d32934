#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/access/published.hpp"
#include "actors/model/devices.hpp"

namespace stellwerk {

/// What anybody must know of a channel to read or write its samples. Keyed by `device/channel`.
struct named_channel {
  std::uint32_t series = 0;
  std::string device_id;
  std::shared_ptr<const std::vector<std::string>> tags;  // of the device, for scopes
  value_type type = value_type::float_;
  std::string unit;
  bool pushed = false;  // driver `external`: filled by POST /samples
  bool enabled = true;  // its device
};
/// The way back: `device/channel`, the device and the retention of a series.
struct named_series {
  std::string channel;
  std::string device_id;
  std::string retention_class;
};

/// Written by `devices` only, before a change is answered. `by_series` is keyed by the number as
/// text.
struct name_table {
  published<named_channel> by_name;
  published<named_series> by_series;
};
using name_table_ptr = std::shared_ptr<name_table>;

std::vector<std::string> tags_of(const device_fields& fields);

/// Makes the table say of a device what `after` says instead of `before`; either may be null.
/// REQUIRES: each channel has a series.
void publish(
    name_table& table, const device_document* before, const device_document* after, bool pushed
);

}  // namespace stellwerk
