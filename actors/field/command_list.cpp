#include "actors/field/command_list.hpp"

#include <algorithm>
#include <utility>

namespace stellwerk {

namespace {
constexpr std::size_t id_length = 36;
}

command_listing::command_listing(
    list_commands asked, std::string device_id, std::vector<command_record> open
)
    : asked_(std::move(asked)), device_id_(std::move(device_id)), open_(std::move(open)) {
  if (asked_.cursor) at_ = asked_.cursor->str();
  std::erase_if(open_, [&](auto& one) {
    return one.status == command_status::accepted || (!at_.empty() && one.id >= at_);
  });
  std::ranges::sort(open_, {}, &command_record::id);
}

scan command_listing::next_scan() const {
  return {
      final_command_key(device_id_, ""), at_.empty() ? "" : final_command_key(device_id_, at_),
      1000, true};
}

bool command_listing::take(const command_record& one) {
  at_ = one.id;
  if (asked_.status && one.status != *asked_.status) return false;
  if (asked_.channel && one.channel != asked_.channel->str()) return false;
  page_.items.push_back(one);
  if (page_.items.size() < asked_.limit) return false;
  page_.next_cursor = at_;
  return true;
}

bool command_listing::take_open_above(const std::string& id) {
  while (!open_.empty() && open_.back().id > id) {
    auto one = std::move(open_.back());
    open_.pop_back();
    if (take(one)) return true;
  }
  // Became final between the two looks.
  if (!open_.empty() && open_.back().id == id) open_.pop_back();
  return false;
}

bool command_listing::take(const documents& found) {
  for (auto& stored : found.items) {
    at_ = stored.key.substr(stored.key.size() - std::min(stored.key.size(), id_length));
    auto one = command_from(stored);
    if (!one) continue;
    if (take_open_above(one->id) || take(*one)) return true;
  }
  if (!found.more) return take_open_above("") || true;
  if (++scans_ < scans_max) return false;
  page_.next_cursor = at_;
  return true;
}

}  // namespace stellwerk
