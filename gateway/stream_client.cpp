#include "gateway/stream_client.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "actors/model/journal_queries.hpp"

namespace stellwerk::gateway {

namespace {

bool matches_any(const std::vector<stream_pattern>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [=](auto& one) { return matches(one.str(), text); });
}

/// The device that an entry is about; empty if it is about none.
std::string device_of(const journal_entry& entry) {
  std::string_view subject{entry.subject};
  for (std::string_view kind : {"device/", "channel/"})
    if (subject.starts_with(kind)) {
      subject.remove_prefix(kind.size());
      return std::string{subject.substr(0, subject.find('/'))};
    }
  problem ignored;
  auto data = json::parse(entry.data.text, ignored);
  if (!data || !data->is_object()) return {};
  auto* device = data->get_object().if_contains("device");
  return device != nullptr && device->is_string() ? std::string{device->get_string().c_str()}
                                                  : std::string{};
}

}  // namespace

bool stream_client::subscription::wants(const journal_entry& entry) const {
  return matches_any(events, entry.type);
}

void stream_client::admit(context_ptr who) {
  who_ = std::move(who);
  scope_target everywhere{site_, {}, nullptr};
  auto audits = allowed(who_->caller->given, permission::journal_read, everywhere);
  addresses_ = audits ? actor_address::shown : actor_address::hidden;
  wanted_.clear();
}

std::optional<std::string_view> stream_client::subscribe(const subscribe_frame& wanted) {
  if (wanted.samples.size() > patterns_max || wanted.events.size() > patterns_max)
    return "too_many";
  if (subscriptions_.size() >= subscriptions_max) return "too_many";
  auto same_id = [&](auto& one) { return one.id == wanted.id.str(); };
  if (std::ranges::any_of(subscriptions_, same_id)) return "duplicate";
  subscription made{wanted.id.str(), wanted.samples, wanted.events, wanted.after, wanted.after};
  made.live = !wanted.after || wanted.events.empty();
  subscriptions_.push_back(std::move(made));
  wanted_.clear();
  return {};
}

bool stream_client::unsubscribe(std::string_view id) {
  wanted_.clear();
  return std::erase_if(subscriptions_, [=](auto& one) { return one.id == id; }) > 0;
}

std::vector<std::pair<std::uint32_t, std::string>> stream_client::visible(
    const std::vector<stream_pattern>& patterns
) {
  std::vector<std::pair<std::uint32_t, std::string>> found;
  names_.for_each([&](const std::string& name, const named_channel& channel) {
    if (found.size() < stream_queue::channels_max && matches_any(patterns, name) &&
        may_see(channel.device_id, channel.tags.get()))
      found.emplace_back(channel.series, name);
  });
  return found;
}

std::size_t stream_client::take(const std::vector<stream_sample>& batch) {
  std::size_t merged = 0;
  for (auto& one : batch)
    if (wants(one) && queue.sample(one.channel, one.json) == stream_queue::put::merged) ++merged;
  return merged;
}

void stream_client::take(const std::vector<stream_event>& batch, wall_time now) {
  for (auto& [entry, json, json_with_address] : batch) {
    if (!queue.has_room()) return fall_behind(entry.seq - 1);
    auto& text = addresses_ == actor_address::shown ? json_with_address : json;
    if (follow_live(entry) && may_see(entry)) queue.frame(server_frame("event", now, text));
  }
}

/// Moves the cursors that stand just before `entry`; true if one of them wants it, and none that
/// read ahead in the journal has told it.
bool stream_client::follow_live(const journal_entry& entry) {
  bool told = std::ranges::any_of(subscriptions_, [&](auto& one) { return one.has_told(entry); });
  bool wanted = false;
  for (auto& one : subscriptions_) {
    if (!one.live || one.events.empty()) continue;
    if (!one.cursor) one.from = one.cursor = entry.seq - 1;  // it began with what comes now
    if (entry.seq <= *one.cursor) continue;
    if (entry.seq > *one.cursor + 1) {
      one.live = false;
      continue;
    }
    one.cursor = entry.seq;
    wanted = wanted || one.wants(entry);
  }
  return wanted && !told;
}

void stream_client::fall_behind(std::uint64_t before) {
  for (auto& one : subscriptions_) {
    if (!one.live || one.events.empty()) continue;
    if (!one.cursor) one.from = one.cursor = before;
    one.live = false;
  }
}

std::optional<stream_client::lag> stream_client::behind() const {
  for (auto& one : subscriptions_)
    if (!one.live) return lag{one.id, *one.cursor};
  return {};
}

void stream_client::catch_up(
    const lag& from, const journal_slice& slice, std::uint64_t newest, wall_time now
) {
  auto found = std::ranges::find(subscriptions_, from.id, &subscription::id);
  if (found == subscriptions_.end() || found->live || found->cursor != from.after) return;
  auto& mine = *found;
  if (slice.first_seq > *mine.cursor + 1) {
    queue.frame(gap_frame(now, *mine.cursor + 1, slice.first_seq - 1));
    mine.cursor = slice.first_seq - 1;
  }
  for (auto& entry : slice.items) {
    if (!queue.has_room()) break;
    if (entry.seq <= *mine.cursor) continue;
    bool told = std::ranges::any_of(subscriptions_, [&](auto& one) {
      return &one != &mine && one.has_told(entry);
    });
    mine.cursor = entry.seq;
    if (mine.wants(entry) && !told && may_see(entry))
      queue.frame(server_frame("event", now, event_json(entry, addresses_)));
  }
  if (*mine.cursor > slice.last_seq) mine.cursor = slice.last_seq;  // beyond the journal's end
  mine.live = *mine.cursor >= slice.last_seq && *mine.cursor >= newest;
}

/// The right to read its kind of event, everywhere or on the device that it is about.
bool stream_client::may_see(const journal_entry& entry) {
  auto* row = event_row_of(entry.type);
  if (row == nullptr) return false;
  scope_target on{site_, {}, nullptr};
  if (allowed(who_->caller->given, row->seen_by, on)) return true;
  if (!allowed(who_->caller->given, row->seen_by)) return false;
  auto device = device_of(entry);
  if (device.empty()) return false;
  bool seen = false;
  names_.for_each([&](const std::string& name, const named_channel& channel) {
    if (seen || !name.starts_with(device + '/')) return;
    scope_target its{site_, channel.device_id, channel.tags.get()};
    seen = allowed(who_->caller->given, row->seen_by, its);
  });
  return seen;
}

bool stream_client::may_see(const std::string& device_id, const std::vector<std::string>* tags)
    const {
  scope_target on{site_, device_id, tags};
  return allowed(who_->caller->given, permission::sample_read, on);
}

bool stream_client::wants(const stream_sample& one) {
  if (auto known = wanted_.find(one.channel); known != wanted_.end()) return known->second;
  if (wanted_.size() >= known_channels_max) wanted_.clear();
  auto* channel = names_.find(one.channel);
  bool wanted = may_see(one.device_id, channel != nullptr ? channel->tags.get() : nullptr) &&
                std::ranges::any_of(subscriptions_, [&](auto& s) {
                  return matches_any(s.samples, one.channel);
                });
  wanted_.emplace(one.channel, wanted);
  return wanted;
}

}  // namespace stellwerk::gateway
