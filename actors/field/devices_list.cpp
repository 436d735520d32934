#include <algorithm>
#include <charconv>

#include "actors/field/devices_state.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

availability availability_of(const device_entry& entry) {
  auto& fields = entry.document.fields;
  if (!fields.enabled) return availability::disabled;
  if (fields.maintenance) return availability::maintenance;
  return entry.link.state == link_state::offline ? availability::offline : availability::available;
}

bool contains(const std::string& text, const std::string& lower_part) {
  return json::lower(text).find(lower_part) != std::string::npos;
}

bool fits(const device_entry& entry, const list_devices& what, const std::string& lower_q) {
  auto& fields = entry.document.fields;
  if (what.kind && fields.kind != *what.kind) return false;
  if (what.driver && fields.driver.str() != *what.driver) return false;
  if (what.state && entry.link.state != *what.state) return false;
  if (what.tag && std::ranges::find(entry.tags, *what.tag) == entry.tags.end()) return false;
  return lower_q.empty() || contains(fields.name, lower_q) || contains(fields.location, lower_q);
}

/// A cursor is where the page before ended: `<created_at in ms>_<id>`.
using position = std::pair<wall_time, std::string>;

std::string cursor_of(const position& at) {
  return std::to_string(at.first.time_since_epoch().count()) + '_' + at.second;
}

std::optional<position> position_from(const std::string& cursor) {
  std::int64_t ms = 0;
  auto* end = cursor.data() + cursor.size();
  auto [at, bad] = std::from_chars(cursor.data(), end, ms);
  if (bad != std::errc{} || at == end || *at != '_') return {};
  return position{wall_time{std::chrono::milliseconds{ms}}, std::string{at + 1, end}};
}

}  // namespace

bool may(
    devices_self* self, const context_ptr& context, permission wanted, const std::string& id,
    const std::vector<std::string>& tags
) {
  return !context || allowed(context->caller->given, wanted, {self->state.wired.site, id, &tags});
}

caf::expected<device_entry*> find_device(devices_self* self, const device_wish& wish) {
  auto& state = self->state;
  if (!state.loaded) return refuse(errc::not_ready);
  auto named = state.by_name.find(json::lower(wish.device));
  auto found = state.by_id.find(named != state.by_name.end() ? named->second : wish.device);
  if (found == state.by_id.end()) return refuse(errc::not_found);
  auto& entry = found->second;
  if (may(self, wish.context, wish.wanted, found->first, entry.tags)) return &entry;
  auto known = may(self, wish.context, permission::device_read, found->first, entry.tags);
  return refuse(known ? errc::forbidden : errc::not_found);
}

device_view view_of(const device_entry& entry) {
  auto& document = entry.document;
  return {document.id,         {document.fields},   availability_of(entry), entry.link,
          document.created_at, document.updated_at, entry.revision};
}

/// Newest first.
caf::result<device_page> list_of(devices_self* self, const list_devices& what) {
  auto& state = self->state;
  if (!state.loaded) return refuse(errc::not_ready);
  auto lower_q = what.q ? json::lower(what.q->str()) : std::string{};
  auto at = state.by_age.rbegin();
  if (what.cursor) {
    auto after = position_from(what.cursor->str());
    if (!after)
      return refuse(errc::invalid, problems{{"cursor", "bad_format", "is no cursor", "as given"}});
    at = std::make_reverse_iterator(state.by_age.lower_bound(*after));
  }
  device_page page;
  for (; at != state.by_age.rend(); ++at) {
    auto& entry = state.by_id.at(at->second);
    if (!fits(entry, what, lower_q)) continue;
    if (!may(self, what.context, permission::device_read, at->second, entry.tags)) continue;
    if (page.items.size() == what.limit) {
      page.next_cursor = cursor_of(*std::prev(at));
      break;
    }
    page.items.push_back(view_of(entry));
  }
  return page;
}

driver_page list_of(std::span<const driver> drivers) {
  driver_page page;
  for (auto& one : drivers) {
    json_text settings{one.settings_schema != nullptr ? one.settings_schema() : "{}"};
    json_text address{one.address_schema != nullptr ? one.address_schema() : "{}"};
    page.items.push_back(
        {std::string{one.name}, std::string{one.version}, one.blocking, std::move(settings),
         std::move(address)}
    );
  }
  return page;
}

}  // namespace stellwerk
