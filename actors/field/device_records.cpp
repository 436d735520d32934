#include "actors/field/device_records.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "persistence/repository.hpp"

namespace stellwerk {

namespace {

struct series_record {
  std::uint32_t next = 1;
};
BOOST_DESCRIBE_STRUCT(series_record, (), (next))
struct name_record {
  std::string device_id;
};
BOOST_DESCRIBE_STRUCT(name_record, (), (device_id))
struct loading_record {
  wall_time at{};
};
BOOST_DESCRIBE_STRUCT(loading_record, (), (at))

constexpr repository<device_document> devices_stored{"device"};
constexpr repository<name_record> names_stored{"device-name"};
constexpr repository<series_record> series_stored{"series"};
constexpr repository<loading_record> loading_stored{"devices"};

struct device_facts {
  std::string id;
  std::string driver;
  std::vector<std::string> changed;
};
BOOST_DESCRIBE_STRUCT(device_facts, (), (id, driver, changed))
struct channel_facts {
  std::string device_id;
  std::uint32_t series = 0;
  std::vector<std::string> changed;
};
BOOST_DESCRIBE_STRUCT(channel_facts, (), (device_id, series, changed))

/// Names of the fields in which two differ.
template <class T>
std::vector<std::string> differences(const T& a, const T& b) {
  std::vector<std::string> names;
  for_each_field<T>([&](const char* name, auto member) {
    if (json::encode(a.*member) != json::encode(b.*member))
      names.emplace_back(json::json_name(name));
  });
  return names;
}

class change_teller {
 public:
  change_teller(commit& out, const device_document& of, const context_ptr& context)
      : out_(out), of_(of), context_(context) {}

  void device(event_type type, std::vector<std::string> changed = {}) {
    device_facts facts{of_.id, of_.fields.driver, std::move(changed)};
    tell(type, "device/" + of_.fields.name.str(), json::encode(facts));
  }
  void channel(
      event_type type, const std::string& name, std::uint32_t series,
      std::vector<std::string> changed = {}
  ) {
    channel_facts facts{of_.id, series, std::move(changed)};
    tell(type, "channel/" + of_.fields.name.str() + '/' + name, json::encode(facts));
  }

 private:
  void tell(event_type type, std::string subject, std::string data) {
    out_.events.push_back(make_event(type, std::move(subject), context_, {std::move(data)}));
  }
  commit& out_;
  const device_document& of_;
  const context_ptr& context_;
};

/// A channel is who it was as long as its series stays.
void tell_channels(
    change_teller& tell, const device_document& before, const device_document& after
) {
  std::map<std::uint32_t, const channel*> old;
  for (auto& one : before.fields.channels) old.emplace(before.series.at(one.name), &one);
  for (auto& one : after.fields.channels) {
    auto series = after.series.at(one.name);
    auto known = old.extract(series);
    if (!known) {
      tell.channel(event_type::channel_created, one.name, series);
    } else if (auto changed = differences(*known.mapped(), one); !changed.empty()) {
      tell.channel(event_type::channel_updated, one.name, series, std::move(changed));
    }
  }
  for (auto& [series, gone] : old) tell.channel(event_type::channel_deleted, gone->name, series);
}

bool lives(const device_document* one) { return one != nullptr && !one->deleted_at; }

}  // namespace

std::string device_key(const std::string& id) { return devices_stored.key(id); }
std::string device_name_key(const std::string& name) { return names_stored.key(json::lower(name)); }
std::string next_series_key() { return series_stored.key("next"); }

std::optional<device_document> device_from(const document& stored) {
  auto read = devices_stored.decode(stored);
  if (!read) return {};
  auto numbered = [&](const channel& one) { return read->series.contains(one.name); };
  if (!std::ranges::all_of(read->fields.channels, numbered)) return {};
  return std::move(*read);
}

std::uint32_t next_series_from(const document& stored) {
  auto read = series_stored.decode(stored);
  return read ? read->next : 0;
}

void number_channels(device_document& of, std::uint32_t& next) {
  std::map<std::string, std::uint32_t> kept;
  for (auto& one : of.fields.channels) {
    auto known = of.series.find(one.name);
    kept[one.name] = known != of.series.end() ? known->second : next++;
  }
  of.series = std::move(kept);
}

bool may_be_done(const caf::error& why) { return lost(why) || is(why, errc::outcome_unknown); }

commit loading_commit(wall_time now) {
  loading_record record{now};
  return {{}, {loading_stored.put("loading", record)}, {}, {}};
}

commit change_commit(
    const device_document* before, std::uint64_t revision, const device_document& after,
    std::uint32_t next_series, const context_ptr& context
) {
  commit made;
  made.can_wait = lives(&after);
  made.expectations.push_back({device_key(after.id), before != nullptr ? revision : 0});
  made.changes.push_back({device_key(after.id), json::encode(after)});
  auto had_name = lives(before) ? device_name_key(before->fields.name) : std::string{};
  auto has_name = lives(&after) ? device_name_key(after.fields.name) : std::string{};
  if (had_name != has_name) {
    if (!had_name.empty()) made.changes.push_back({had_name, {}});
    if (!has_name.empty()) {
      name_record owner{after.id};
      made.expectations.push_back({has_name, 0});
      made.changes.push_back({has_name, json::encode(owner)});
    }
  }
  auto number = [](const device_document* of, const std::string& channel) {
    auto found = of->series.find(channel);
    return found == of->series.end() ? 0u : found->second;
  };
  auto numbers_new = std::ranges::any_of(after.fields.channels, [&](auto& one) {
    return before == nullptr || number(before, one.name) != number(&after, one.name);
  });
  if (numbers_new) {
    series_record counter{next_series};
    made.changes.push_back({next_series_key(), json::encode(counter)});
  }

  change_teller tell{made, after, context};
  if (before == nullptr) return tell.device(event_type::device_created), made;
  if (!lives(&after)) return tell.device(event_type::device_deleted), made;
  if (!lives(before)) return tell.device(event_type::device_restored), made;
  auto changed = differences(before->fields, after.fields);
  std::erase(changed, "channels");
  if (!changed.empty()) tell.device(event_type::device_updated, std::move(changed));
  tell_channels(tell, *before, after);
  return made;
}

}  // namespace stellwerk
