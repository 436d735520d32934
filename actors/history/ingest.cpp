#include "actors/history/ingest.hpp"

#include <cmath>
#include <unordered_set>
#include <utility>

#include "actors/model/error.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr wall_time earliest = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
constexpr auto ahead_max = 10min;

struct reason {
  std::string_view code;
  std::string_view message;
};
constexpr reason unknown_channel{"unknown_channel", "there is no such channel"};
constexpr reason not_permitted{"not_permitted", "needs sample:write on the channel's device"};
constexpr reason not_pushed{"not_pushed", "the channel is filled by its driver"};
constexpr reason device_disabled{"device_disabled", "the channel's device is disabled"};
constexpr reason wrong_type{"wrong_type", "the value is not of the channel's type"};
constexpr reason not_finite{"not_finite", "the value is not a finite number"};
constexpr reason out_of_time{"out_of_time", "the time is before 2000 or over 10 min ahead"};
constexpr reason duplicate{"duplicate_in_batch", "an earlier item has the same channel and time"};

/// What exists but may not be seen is told from nothing by nobody.
const reason* refusal_for(
    const named_channel* channel, const grants& given, std::string_view site
) {
  if (channel == nullptr) return &unknown_channel;
  scope_target on{site, channel->device_id, channel->tags.get()};
  if (!allowed(given, permission::sample_write, on))
    return allowed(given, permission::sample_read, on) ? &not_permitted : &unknown_channel;
  if (!channel->pushed) return &not_pushed;
  return channel->enabled ? nullptr : &device_disabled;
}

const reason* refusal_for(const value& given, const value& taken) {
  auto* real = given.as<double>();
  if (real != nullptr && !std::isfinite(*real)) return &not_finite;
  auto* text = taken.as<std::string>();
  bool fits = !taken.empty() && (text == nullptr || text->size() <= value::text_bytes_max);
  return fits ? nullptr : &wrong_type;
}

struct moment_hash {
  std::size_t operator()(const std::pair<std::uint32_t, wall_time>& at) const {
    auto ms = static_cast<std::uint64_t>(at.second.time_since_epoch().count());
    return std::hash<std::uint64_t>{}((ms << 20u) ^ (ms >> 44u) ^ at.first);
  }
};

problems problems_of(const post_samples& posted) {
  problems found;
  if (posted.samples.empty() || posted.samples.size() > posted_samples_max)
    found.push_back(
        {"samples", posted.samples.empty() ? "too_short" : "too_long", "too few or too many",
         "1 to " + std::to_string(posted_samples_max) + " samples"}
    );
  if (posted.source && !posted.seq)
    found.push_back({"seq", "required", "is missing", "a number beside `source`"});
  if (!posted.source && (posted.seq || posted.epoch))
    found.push_back({"source", "required", "is missing", "a name beside `seq` and `epoch`"});
  return found;
}

}  // namespace

caf::expected<append_samples> ingest(
    const post_samples& posted, published<named_channel>::reader& names, std::string_view site,
    wall_time now
) {
  if (auto found = problems_of(posted); !found.empty())
    return refuse(errc::invalid, std::move(found));
  append_samples out;
  out.context = posted.context;
  if (posted.source)
    out.stamp = source_stamp{
        posted.context->caller->id + '/' + posted.source->str(), posted.epoch.value_or(0),
        *posted.seq};
  out.items.reserve(posted.samples.size());
  std::unordered_set<std::pair<std::uint32_t, wall_time>, moment_hash> seen;
  auto broken = posted.broken.begin();
  for (std::uint32_t index = 0; auto& one : posted.samples) {
    if (broken != posted.broken.end() && broken->index == index) {
      out.refused.push_back({index++, "bad_line", broken++->message});
      continue;
    }
    auto* channel = names.find(one.channel.str());
    auto* why = refusal_for(channel, posted.context->caller->given, site);
    auto time = one.time.value_or(now);
    value taken;
    if (why == nullptr) {
      taken = converted(one.value, channel->type);
      why = refusal_for(one.value, taken);
    }
    if (why == nullptr && (time < earliest || time > now + ahead_max)) why = &out_of_time;
    if (why == nullptr && !seen.emplace(channel->series, time).second) why = &duplicate;
    if (why != nullptr)
      out.refused.push_back({index, std::string{why->code}, std::string{why->message}});
    else
      out.items.push_back(
          {channel->series, one.quality.value_or(quality::good), time, std::move(taken)}
      );
    ++index;
  }
  return out;
}

}  // namespace stellwerk
