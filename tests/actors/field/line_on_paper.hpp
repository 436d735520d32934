#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/field/bus_schedule.hpp"

namespace stellwerk {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

inline const steady_moment start{1000h};

inline scheduled_point timed(std::uint32_t id, int first, milliseconds period, int count = 1) {
  return {
      {id, register_table::holding, static_cast<std::uint16_t>(first),
       static_cast<std::uint16_t>(count)},
      period,
      id};
}

inline std::vector<std::string>& names() {
  static std::vector<std::string> all;
  return all;
}
inline unit_number named(const std::string& name) {
  auto at = std::ranges::find(names(), name);
  if (at == names().end()) at = names().insert(at, name);
  return static_cast<unit_number>(at - names().begin());
}

/// A line on paper: answers after a time of its own, unless a unit is silent.
struct line_on_paper {
  bus_schedule schedule;
  steady_moment now = start;
  std::function<steady_span(const poll_turn&)> takes = [](auto&) { return 1ms; };
  std::function<bool(const std::string&)> silent = [](auto&) { return false; };
  std::map<std::string, int> requests, answers;
  std::map<std::string, std::int64_t> registers;

  void run(steady_span span) {
    for (auto end = now + span; now < end;) {
      auto turn = schedule.next(now);
      if (!turn) {
        now = std::min(schedule.wake().value_or(end), end);
        continue;
      }
      auto name = names().at(turn->unit);
      ++requests[name];
      if (silent(name)) {
        now += turn->within.most;
        schedule.failed(*turn, now, turn->within.most);
      } else {
        auto took = takes(*turn);
        now += took;
        ++answers[name];
        registers[name] += turn->what->count;
        schedule.answered(*turn, now, took);
      }
    }
  }
};

}  // namespace stellwerk
