#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/field/bus.hpp"
#include "actors/model/codec.hpp"
#include "tests/actor_test.hpp"

namespace stellwerk {

/// What a bus told its listener.
struct bus_told {
  samples items;
  std::vector<unit_report> reports;
  std::vector<write_outcome> outcomes;
  std::size_t batches = 0;

  std::vector<sample> of(std::uint32_t series) const {
    std::vector<sample> own;
    for (auto& s : items)
      if (s.series == series) own.push_back(s);
    return own;
  }
  sample last(std::uint32_t series) const {
    auto own = of(series);
    return own.empty() ? sample{} : own.back();
  }
  std::vector<link_state> states() const {
    std::vector<link_state> all;
    for (auto& r : reports)
      if (all.empty() || all.back() != r.link.state) all.push_back(r.link.state);
    return all;
  }
  link_state state() const { return reports.empty() ? link_state{} : reports.back().link.state; }
};
using bus_told_ptr = std::shared_ptr<bus_told>;

inline bus_listener::behavior_type listening(bus_listener::pointer, bus_told_ptr told) {
  return {
      [told](const bus_results& r) {
        told->items.insert(told->items.end(), r.items.begin(), r.items.end());
        told->reports.insert(told->reports.end(), r.reports.begin(), r.reports.end());
        ++told->batches;
      },
      [told](const write_outcome& o) { told->outcomes.push_back(o); }};
}

inline bus_point point(std::uint32_t series, std::string_view channel_text) {
  bus_point p{series, {}};
  auto wrong = json::decode(channel_text, p.what);
  EXPECT_TRUE(wrong.empty()) << channel_text << ": " << (wrong.empty() ? "" : wrong[0].message);
  return p;
}

}  // namespace stellwerk
