#pragma once

#include "gateway/ask_row.hpp"

/// What rows that read samples share.
namespace stellwerk::gateway {

bool may_read(const call& c, const named_channel& channel);

struct asked_channels {
  std::vector<std::uint32_t> series;
  std::vector<value_type> types;
  std::vector<std::string> units;
};
/// Of 1 to 20 names; `not_found` for what the caller may not read, too.
caf::expected<asked_channels> channels_of(call& c, const std::vector<channel_path>& names);

}  // namespace stellwerk::gateway
