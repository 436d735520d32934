#include "actors/field/poll_plan.hpp"

#include <algorithm>
#include <tuple>

namespace stellwerk {

namespace {

auto order(const plan_point& p) { return std::tuple{p.table, p.first, p.count, p.id}; }

std::uint32_t end_of(const read_request& r) { return r.first + std::uint32_t{r.count}; }

/// Where a refused request is cut in two: at its widest gap, which may be what was refused; without
/// a gap in the middle. Points that overlap across the cut stay where they begin.
std::uint16_t weakest_place(const read_request& asked) {
  auto& points = asked.points;
  std::size_t best = points.size() / 2;
  std::uint32_t widest = 0;
  auto end = points.front().end();
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (points[i].first > end + widest) {
      widest = points[i].first - end;
      best = i;
    }
    end = std::max(end, points[i].end());
  }
  return points[best].first;
}

}  // namespace

bool address_holes::refused(const read_request& asked) {
  if (asked.points.size() > 1)
    if (auto cut = weakest_place(asked); cut > asked.first) {
      cuts_.insert({asked.table, cut});
      return true;
    }
  // One point, or the largest of several that begin at the same address.
  auto [hole, fresh] = bad_.insert({{asked.table, asked.first}, end_of(asked)});
  hole->second = std::max(hole->second, end_of(asked));
  // It explains the refusals that led to it: their cuts are no longer needed.
  if (fresh) std::erase_if(cuts_, [&](const place& cut) { return cut.first == asked.table; });
  return asked.points.size() > 1;
}

bool address_holes::answered(const read_request& asked) {
  auto healed = std::erase_if(bad_, [&](auto& hole) {
    auto& [from, end] = hole;
    return from.first == asked.table && from.second >= asked.first && end <= end_of(asked);
  });
  return healed > 0;
}

bool address_holes::overlaps(register_table table, std::uint32_t from, std::uint32_t end) const {
  auto nearest = from > registers_max ? from - registers_max : 0;  // no hole is longer
  for (auto hole = bad_.lower_bound({table, nearest}); hole != bad_.end(); ++hole) {
    if (hole->first.first != table || hole->first.second >= end) return false;
    if (from < hole->second) return true;
  }
  return false;
}

bool address_holes::joined(register_table table, std::uint32_t from, const plan_point& at) const {
  auto cut = cuts_.upper_bound({table, from});
  if (cut != cuts_.end() && cut->first == table && cut->second <= at.first) return false;
  return !overlaps(table, from, at.end());
}

std::vector<read_request> plan_reads(
    std::span<const plan_point> due, std::uint16_t gap_max, const address_holes& holes
) {
  std::vector<plan_point> points(due.begin(), due.end());
  if (!std::ranges::is_sorted(points, {}, order)) std::ranges::sort(points, {}, order);
  std::vector<read_request> requests;
  for (auto& p : points) {
    if (!requests.empty()) {
      auto& open = requests.back();
      auto end = std::max(end_of(open), p.end());
      auto most = holds_bits(p.table) ? bits_max : registers_max;
      if (open.table == p.table && end - open.first <= most && p.first <= end_of(open) + gap_max &&
          holes.joined(p.table, open.first, p)) {
        open.count = static_cast<std::uint16_t>(end - open.first);
        open.points.push_back(p);
        continue;
      }
    }
    requests.push_back({p.table, p.first, p.count, {p}});
  }
  return requests;
}

}  // namespace stellwerk
