#include "actors/field/device_rules.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

bool is_number(value_type type) { return type == value_type::float_ || type == value_type::int_; }

bool within(const channel& of, const value& x) {
  if (!is_number(of.type)) return true;
  return !(of.min && x.number() < *of.min) && !(of.max && x.number() > *of.max);
}

std::string range_of(const channel& of) {
  json_text low, high;
  json::write(low.text, of.min);
  json::write(high.text, of.max);
  if (!of.max) return low.text + " at least";
  return of.min ? low.text + " to " + high.text : high.text + " at most";
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (auto& one : names) all += (all.empty() ? "" : ", ") + one;
  return all;
}

void check_output(const channel& what, problems& found) {
  auto input = what.direction == direction::in;
  if (what.lease_s > 0 && input)
    found.push_back({"lease_s", "not_writable", "an input has no lease", "direction out or both"});
  if (what.lease_s > 0 && !input && !what.safe_value)
    found.push_back({"safe_value", "required", "where does a lease end", "a value"});
  if (!what.safe_value) return;
  if (input) {
    found.push_back(
        {"safe_value", "not_writable", "an input has no safe value", "direction out or both"}
    );
  } else if (auto x = converted(*what.safe_value, what.type); x.empty()) {
    found.push_back({"safe_value", "wrong_type", "is not of the channel's type", to_word(what.type)}
    );
  } else if (!within(what, x)) {
    found.push_back({"safe_value", "out_of_range", "is outside min..max", range_of(what)});
  }
}

void append(problems& found, problems more, const std::string& prefix) {
  for (auto& one : more) {
    one.path = one.path.empty() ? prefix : prefix + '.' + one.path;
    found.push_back(std::move(one));
  }
}

/// `before` may be null.
bool names_class(const device_fields* before, const std::string& word) {
  return before != nullptr && std::ranges::any_of(before->channels, [&](auto& one) {
           return one.retention_class.str() == word;
         });
}

void check_channels(const device_fields& fields, const driver* by, problems& found) {
  if (fields.channels.size() > channels_max)
    found.push_back(
        {"channels", "too_long", "too many channels", std::to_string(channels_max) + " at most"}
    );
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < fields.channels.size(); ++i) {
    auto path = "channels[" + std::to_string(i) + ']';
    if (!names.insert(fields.channels[i].name.str()).second)
      found.push_back({path + ".name", "duplicate", "stands twice", "a name of its own"});
    append(found, check(fields.channels[i], by), path);
    if (found.size() >= json::reader::problems_max) return;
  }
}

/// A word of `check_write` as a refusal.
caf::error unwritable_by(const std::string& code) {
  if (code == row_of(errc::not_writable).name) return refuse(errc::not_writable);
  auto kind = code == row_of(errc::out_of_range).name ? errc::out_of_range : errc::invalid;
  return refuse(kind, problems{{"value", code, "cannot be written there", "another value"}});
}

}  // namespace

problems check(const channel& what, const driver* by) {
  problems found;
  if (!is_number(what.type) && (what.min || what.max))
    found.push_back({what.min ? "min" : "max", "wrong_type", "only numbers have limits", "null"});
  if (what.min && what.max && *what.min > *what.max)
    found.push_back({"min", "out_of_range", "is above max", "min ≤ max"});
  if (what.deadband < 0)
    found.push_back({"deadband", "out_of_range", "is negative", "a number from 0"});
  if (what.tolerance && *what.tolerance < 0)
    found.push_back({"tolerance", "out_of_range", "is negative", "a number from 0"});
  check_output(what, found);
  if (by != nullptr && by->check_channel != nullptr)
    for (auto& one : by->check_channel(what)) found.push_back(std::move(one));
  return found;
}

const channel* channel_of(const device_document& document, const std::string& name) {
  auto& all = document.fields.channels;
  auto found = std::ranges::find(all, name, [](auto& one) { return one.name.str(); });
  return found == all.end() ? nullptr : &*found;
}

const driver* device_rules::driver_of(const device_fields& fields) const {
  auto found = std::ranges::find(drivers, fields.driver.str(), &driver::name);
  return found == drivers.end() ? nullptr : &*found;
}

bool device_rules::knows_class(const std::string& word) const {
  return word.empty() || std::ranges::find(classes, word) != classes.end();
}

problems device_rules::check(const device_fields& fields, const device_fields* before) const {
  problems found;
  if (is_uuid(json::lower(fields.name.str())))
    found.push_back({"name", "bad_format", "looks like an id", "a name, not a UUID"});
  if (fields.tags.size() > tags_max)
    found.push_back({"tags", "too_long", "too many tags", std::to_string(tags_max) + " at most"});
  auto* by = driver_of(fields);
  if (by == nullptr) {
    std::vector<std::string> names;
    for (auto& one : drivers) names.emplace_back(one.name);
    found.push_back({"driver", "out_of_range", "is not known", listed(names)});
  } else if (by->check_settings != nullptr) {
    append(found, by->check_settings(fields.settings, options), "settings");
  }
  check_channels(fields, by, found);
  for (std::size_t i = 0; i < fields.channels.size(); ++i) {
    auto& word = fields.channels[i].retention_class.str();
    if (found.size() >= json::reader::problems_max) break;
    if (knows_class(word) || names_class(before, word)) continue;
    auto path = "channels[" + std::to_string(i) + "].retention_class";
    found.push_back(
        {path, "out_of_range", "is not known",
         classes.empty() ? "none: none is configured" : listed(classes)}
    );
  }
  return found;
}

caf::expected<value> writable(const channel& where, const value& wanted, const driver* by) {
  if (where.direction == direction::in) return refuse(errc::not_writable);
  auto x = converted(wanted, where.type);
  if (x.empty())
    return refuse(
        errc::invalid,
        problems{{"value", "wrong_type", "is not of the channel's type", to_word(where.type)}}
    );
  if (!within(where, x))
    return refuse(
        errc::out_of_range,
        problems{{"value", "out_of_range", "is outside min..max", range_of(where)}}
    );
  if (by == nullptr || by->check_write == nullptr) return x;
  auto refused = by->check_write(where, x);
  if (!refused.empty()) return unwritable_by(refused);
  return x;
}

double tolerance_of(const channel& where, const value& wanted, const driver* by) {
  if (where.tolerance) return *where.tolerance;
  if (!is_number(where.type)) return 0;
  constexpr double float32_step = 1.2e-7;
  auto half_step = by != nullptr && by->tolerance != nullptr ? by->tolerance(where, wanted) : 0.0;
  return half_step + std::abs(wanted.number()) * float32_step;
}

bool is_same(const value& wanted, const value& held, double tolerance) {
  auto a = wanted.number();
  auto b = held.number();
  if (std::isnan(a) || std::isnan(b)) return wanted == held;
  return std::abs(a - b) <= tolerance;
}

}  // namespace stellwerk
