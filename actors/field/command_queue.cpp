#include "actors/field/command_queue.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "actors/field/device_rules.hpp"

namespace stellwerk {

namespace {

/// Of what a bus says: whether the same may go well a little later.
bool may_pass(const std::string& code) {
  static constexpr std::array<std::string_view, 6> passing{
      "device_down", "unknown_unit", "busy", "stopped", "no_answer", "expired"};
  return std::ranges::find(passing, code) != passing.end();
}

}  // namespace

bool command_queue::full() const {
  auto takes_place = [](const held& one) {
    return one.at <= stage::waiting || one.at >= stage::deciding;
  };
  return std::ranges::count_if(held_, takes_place) >= static_cast<std::ptrdiff_t>(waiting_max);
}

command_queue::held* command_queue::find_held(const std::string& id) {
  auto found = std::ranges::find(held_, id, [](auto& one) { return one.what.record.id; });
  return found == held_.end() ? nullptr : &*found;
}

const command_queue::entry* command_queue::find(const std::string& id) const {
  auto found = std::ranges::find(held_, id, [](auto& one) { return one.what.record.id; });
  return found == held_.end() ? nullptr : &found->what;
}

std::vector<command_record> command_queue::open() const {
  std::vector<command_record> records;
  for (auto& one : held_) records.push_back(one.what.record);
  return records;
}

bool command_queue::may_be_refused(const held& one) {
  return one.at == stage::waiting || one.at == stage::unmarked;
}

std::vector<std::string> command_queue::waiting() const {
  std::vector<std::string> ids;
  for (auto& one : held_)
    if (may_be_refused(one)) ids.push_back(one.what.record.id);
  return ids;
}

void command_queue::accept(entry what) {
  held_.push_back({std::move(what), stage::accepting, {}, {}, {}, {}});
}

void command_queue::accepted(const std::string& id, std::uint64_t revision, wall_time now) {
  auto* one = find_held(id);
  if (one == nullptr || one->at > stage::doubtful) return;
  one->what.revision = revision;
  note(one->what.record, command_status::queued, now);
  one->at = stage::waiting;
}

void command_queue::forget(const std::string& id) {
  std::erase_if(held_, [&](auto& one) { return one.what.record.id == id; });
}

void command_queue::restore(entry what, moment now) {
  auto waits = what.record.status <= command_status::queued;
  // The store did not take the end of one before it, which was known: what it wrote is gone now.
  for (auto& one : held_)
    if (!waits && one.at == stage::unsure && one.what.record.channel == what.record.channel)
      decide(one, {command_status::failed, "unknown_effect", "another was sent since", false, {}});
  held_.push_back({std::move(what), stage::waiting, {}, {}, {}, {}});
  if (!waits) unsure(held_.back(), now);
}

void command_queue::sent(const std::string& id, wall_time at) {
  auto* one = find_held(id);
  if (one == nullptr || one->at != stage::marking) return;
  note(one->what.record, command_status::sent, at);
  one->at = stage::ready;
}

void command_queue::ended(const std::string& id) { forget(id); }

void command_queue::not_committed(const std::string& id, moment now) {
  auto* one = find_held(id);
  if (one == nullptr) return;
  if (one->at == stage::accepting) one->at = stage::doubtful;
  if (one->at == stage::marking) one->at = stage::unmarked;
  if (one->at == stage::ending) one->at = stage::deciding;
  one->not_before = now + pause;
}

void command_queue::reachable(bool now) { reachable_ = now; }

void command_queue::line_lost(moment now) {
  for (auto& one : held_)
    if (one.at == stage::writing || one.at == stage::reading) unsure(one, now);
}

bool command_queue::refuse_waiting(
    const std::string& id, const std::string& code, const std::string& detail
) {
  auto* one = find_held(id);
  if (one == nullptr || !may_be_refused(*one)) return false;
  decide(*one, {command_status::refused, code, detail, false, {}});
  return true;
}

void command_queue::give_up() {
  for (auto& one : held_) {
    if (one.at == stage::marking) one.at = stage::ready;
    if (one.at == stage::ready)
      decide(one, {command_status::refused, "device_deleted", "was not written", false, {}});
    if (one.at >= stage::writing && one.at <= stage::reading) one.decide_by = moment::min();
    if (one.at == stage::writing || one.at == stage::reading) one.at = stage::unsure;
  }
}

void command_queue::unsure(held& one, moment now) {
  if (one.at != stage::unsure && one.at != stage::reading) {
    one.settled_at = now + one.what.settles;
    one.decide_by = std::max(one.what.deadline, one.settled_at + decide_within);
  }
  one.at = stage::unsure;
  one.not_before = now;
}

void command_queue::decide(held& one, command_end end) {
  one.end = std::move(end);
  one.at = stage::deciding;
  one.not_before = {};
}

bool command_queue::in_flight(const std::string& channel) const {
  return std::ranges::any_of(held_, [&](auto& one) {
    return one.at >= stage::unmarked && one.at <= stage::reading &&
           one.what.record.channel == channel;
  });
}

/// The end of a write, or of a read that decides one.
void command_queue::written(held& one, const write_outcome& what, moment now) {
  auto& record = one.what.record;
  auto acknowledged = what.written && what.code.empty();
  if (what.read_back) {
    if (is_same(record.value, *what.read_back, one.what.tolerance))
      return decide(one, {command_status::verified, "", "", acknowledged, what.read_back});
    if (!acknowledged && what.code != "exception") {
      unsure(one, now);
      if (!settled(one, now)) return;
    }
    auto code = acknowledged ? "not_verified" : "not_applied";
    auto detail = "the device holds another value";
    return decide(one, {command_status::failed, code, detail, acknowledged, what.read_back});
  }
  if (acknowledged) {
    auto code = record.verify ? "not_read_back" : "";
    return decide(one, {command_status::done, code, what.detail, true, {}});
  }
  if (what.code == "exception" && what.written)
    return decide(one, {command_status::failed, what.code, what.detail, false, {}});
  if (!may_pass(what.code))
    return decide(one, {command_status::failed, "unknown_effect", what.detail, false, {}});
  auto again = one.at == stage::writing ? now : now + pause;
  unsure(one, now);
  one.not_before = again;
}

/// Whether a device that holds another value has had its time to carry out the write. If not, it is
/// looked at again.
bool command_queue::settled(held& one, moment now) {
  one.not_before = std::min(now + pause, one.settled_at);
  return one.settled_at <= now;
}

void command_queue::outcome(const write_outcome& what, moment now) {
  auto* one = find_held(what.command_id);
  if (one == nullptr || one->at < stage::writing || one->at > stage::reading) return;
  if (one->at != stage::writing || what.written) return written(*one, what, now);
  if (what.code == "expired")
    return decide(*one, {command_status::expired, "expired", "was not written in time", false, {}});
  if (!may_pass(what.code))
    return decide(*one, {command_status::refused, what.code, what.detail, false, {}});
  one->at = stage::ready;
  one->not_before = now + pause;
}

/// Not written, and nobody is about to.
bool command_queue::expires(const held& one) {
  return one.at == stage::doubtful || may_be_refused(one) || one.at == stage::ready;
}

void command_queue::expire(moment now) {
  for (auto& one : held_) {
    if (expires(one) && one.what.deadline <= now)
      decide(one, {command_status::expired, "expired", "was not written in time", false, {}});
    if (one.at == stage::writing && one.what.deadline + decide_within <= now) unsure(one, now);
    if ((one.at == stage::unsure || one.at == stage::reading) && one.decide_by <= now)
      decide(
          one, {command_status::failed, "unknown_effect", "the device could not be read", false, {}}
      );
  }
}

void command_queue::supersede() {
  for (auto one = held_.begin(); one != held_.end(); ++one) {
    if (one->what.order != command_order::latest) continue;
    if (!may_be_refused(*one) && one->at != stage::ready) continue;
    auto newer = std::find_if(one + 1, held_.end(), [&](auto& other) {
      return other.at == stage::waiting && other.what.record.channel == one->what.record.channel;
    });
    if (newer != held_.end())
      decide(
          *one, {command_status::superseded,
                 "superseded",
                 "by command/" + newer->what.record.id,
                 false,
                 {}}
      );
  }
}

/// One step of a command on its way to the device.
void command_queue::advance(held& one, moment now, std::vector<step>& steps) {
  if (one.not_before > now) return;
  auto& id = one.what.record.id;
  auto its_turn = one.at == stage::waiting && !in_flight(one.what.record.channel);
  if (its_turn || one.at == stage::unmarked) {
    one.at = stage::marking;
    steps.push_back({doing::mark_sent, id, {}});
  } else if (one.at == stage::ready) {
    one.at = stage::writing;
    steps.push_back({doing::write, id, {}});
  } else if (one.at == stage::unsure) {
    one.at = stage::reading;
    steps.push_back({doing::read, id, {}});
  }
}

std::vector<command_queue::step> command_queue::next(moment now) {
  std::vector<step> steps;
  expire(now);
  supersede();
  for (auto& one : held_) {
    if (one.not_before > now) continue;
    if (one.at == stage::doubtful) {
      one.at = stage::accepting;
      steps.push_back({doing::accept, one.what.record.id, {}});
    } else if (one.at == stage::deciding) {
      one.at = stage::ending;
      steps.push_back({doing::end, one.what.record.id, one.end});
    }
  }
  if (reachable_)
    for (auto& one : held_) advance(one, now, steps);
  return steps;
}

std::optional<command_queue::moment> command_queue::next_deadline() const {
  std::optional<moment> first;
  auto take = [&](moment at) {
    if (!first || at < *first) first = at;
  };
  for (auto& one : held_) {
    if (expires(one)) take(one.what.deadline);
    if (one.at == stage::writing) take(one.what.deadline + decide_within);
    if (one.at == stage::unsure || one.at == stage::reading) take(one.decide_by);
    auto paused = one.at == stage::unmarked || one.at == stage::ready || one.at == stage::unsure;
    auto uncommitted = one.at == stage::doubtful || one.at == stage::deciding;
    if (uncommitted || (reachable_ && paused)) take(one.not_before);
  }
  return first;
}

}  // namespace stellwerk
