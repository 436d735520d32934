#include <algorithm>

#include "actors/field/devices_state.hpp"

namespace stellwerk {

namespace {

auto place_of(device_document& document, const std::string& name) {
  return std::ranges::find(document.fields.channels, name, [](auto& one) {
    return one.name.str();
  });
}

caf::error taken(const std::string& name) {
  return refuse(errc::name_taken, "The device has a channel " + name + " already");
}

}  // namespace

device_edit patched(const json_text& patch) {
  return [=](const device_document& before) -> caf::expected<device_document> {
    auto after = before;
    after.fields = {};
    if (auto wrong = merged(before.fields, patch, after.fields); !wrong.empty())
      return refuse(errc::invalid, std::move(wrong));
    return after;
  };
}

device_edit with_channel(const channel& added) {
  return [=](const device_document& before) -> caf::expected<device_document> {
    if (channel_of(before, added.name) != nullptr) return taken(added.name);
    auto after = before;
    after.fields.channels.push_back(added);
    return after;
  };
}

device_edit with_channel_patched(const std::string& name, const json_text& patch) {
  return [=](const device_document& before) -> caf::expected<device_document> {
    auto after = before;
    auto place = place_of(after, name);
    if (place == after.fields.channels.end()) return refuse(errc::not_found);
    channel changed;
    if (auto wrong = merged(*place, patch, changed); !wrong.empty())
      return refuse(errc::invalid, std::move(wrong));
    if (changed.name.str() != name) {
      if (channel_of(before, changed.name) != nullptr) return taken(changed.name);
      auto series = after.series.extract(name);
      series.key() = changed.name.str();
      after.series.insert(std::move(series));
    }
    *place = std::move(changed);
    return after;
  };
}

device_edit without_channel(const std::string& name) {
  return [=](const device_document& before) -> caf::expected<device_document> {
    auto after = before;
    auto place = place_of(after, name);
    if (place == after.fields.channels.end()) return refuse(errc::not_found);
    after.fields.channels.erase(place);
    return after;
  };
}

}  // namespace stellwerk
