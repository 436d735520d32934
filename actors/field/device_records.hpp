#pragma once

#include <optional>
#include <string>

#include "actors/model/devices.hpp"
#include "persistence/store.hpp"

/// How devices lie in the store: `device \0 <id>`, deleted ones too; `device-name \0 <lower name>`
/// of those that are not; `series \0 next`. Persistent.
namespace stellwerk {

std::string device_key(const std::string& id);
std::string device_name_key(const std::string& name);
std::string next_series_key();
std::optional<device_document> device_from(const document& stored);
/// 0 if unreadable.
std::uint32_t next_series_from(const document& stored);

/// Each channel without a series gets one, from `next` on; those of channels that are gone are
/// forgotten.
void number_channels(device_document& of, std::uint32_t& next);

/// Whether a commit that was answered so may have been carried out.
bool may_be_done(const caf::error& why);

/// Whoever has been answered knows that all that was sent to the store before was carried out.
commit loading_commit(wall_time now);

/// Makes `after` of `before` (null: it is new), with every document and event that belongs to it.
/// The only proof that the name is free and that `before` is what is stored at `revision`.
commit change_commit(
    const device_document* before, std::uint64_t revision, const device_document& after,
    std::uint32_t next_series, const context_ptr& context
);

}  // namespace stellwerk
