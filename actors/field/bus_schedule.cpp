#include "actors/field/bus_schedule.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace stellwerk {

namespace {

/// A request costs the line about as much as 32 registers, and what it carries.
constexpr std::int64_t cost_of_request = 32;
constexpr std::chrono::seconds patience{1};
constexpr std::int64_t quantum = cost_of_request + registers_max;

std::int64_t cost(const read_request& r) {
  return cost_of_request + (holds_bits(r.table) ? r.count / 16 : r.count);
}

/// The first moment of the grid after `now`.
steady_moment next_on_grid(steady_moment base, steady_span period, steady_moment now) {
  return base + ((now - base) / period + 1) * period;
}

}  // namespace

void bus_schedule::serve(
    const std::string& id, const unit_terms& terms, std::vector<scheduled_point> points,
    steady_moment now
) {
  auto seed = static_cast<std::uint32_t>(std::hash<std::string>{}(id));
  auto [entry, fresh] = units_.try_emplace(id, terms, now, seed);
  auto& u = entry->second;
  std::map<std::uint32_t, steady_moment> rhythm;
  for (auto& p : u.points) rhythm.insert({p.what.where.id, p.due});
  u.terms = terms;
  u.points.clear();
  u.pending.clear();
  u.holes = {};  // the addresses may mean something else now
  u.next_due = steady_moment::max();
  // By address, so that plans find them in order.
  std::ranges::sort(points, {}, [](auto& p) { return std::pair{p.where.table, p.where.first}; });
  for (auto& p : points) {
    auto known = rhythm.find(p.where.id);
    auto due = known == rhythm.end() ? now : std::min(known->second, now + p.period);
    u.next_due = std::min(u.next_due, due);
    u.points.push_back({p, due});
  }
}

void bus_schedule::drop(const std::string& id) { units_.erase(id); }

steady_moment bus_schedule::ready_at(const unit& u) {
  if (u.points.empty()) return steady_moment::max();
  if (u.health.offline()) return u.health.next_try();
  return u.pending.empty() ? u.next_due : u.planned;
}

/// Whether it may be asked before all others had their turn: units that do not answer keep the line
/// for long, so they come last, but not for ever.
bool bus_schedule::eager(const unit& u, steady_moment now) {
  return u.health.state() == link_state::online || now - ready_at(u) > patience;
}

std::optional<steady_moment> bus_schedule::wake() const {
  auto first = steady_moment::max();
  for (auto& [id, u] : units_) first = std::min(first, ready_at(u));
  if (first == steady_moment::max()) return {};
  return first;
}

steady_span bus_schedule::time_free(const std::string& but, steady_moment now) const {
  steady_span least = std::chrono::hours{1};
  for (auto& [id, u] : units_)
    if (id != but) least = std::min(least, std::max(ready_at(u), now) - now);
  return least;
}

/// One request for each span of due points; when offline one request alone, as a probe.
void bus_schedule::plan(const std::string& id, unit& u, steady_moment now) {
  auto probe = u.health.offline();
  std::vector<plan_point> due;
  auto earliest = now;
  u.planned = now;
  u.next_due = steady_moment::max();
  for (auto& p : u.points) {
    if (p.due <= now || probe) {
      earliest = std::min(earliest, p.due);
      due.push_back(p.what.where);
      p.due = next_on_grid(u.base, p.what.period, now);
    }
    u.next_due = std::min(u.next_due, p.due);
  }
  auto late = probe ? steady_span{} : now - earliest;
  for (auto& request : plan_reads(due, u.terms.gap_max, u.holes)) {
    u.pending.push_back({id, std::move(request), {}, late});
    if (probe) break;
  }
}

std::optional<poll_turn> bus_schedule::next(steady_moment now) {
  auto turn = next(now, true);
  return turn ? turn : next(now, false);
}

std::optional<poll_turn> bus_schedule::next(steady_moment now, bool only_eager) {
  // Each unit is looked at once, and the first once more: its turn may just have ended.
  for (std::size_t looked = 0; looked <= units_.size() && !units_.empty(); ++looked) {
    auto at = units_.lower_bound(turn_);
    if (at == units_.end()) at = units_.begin();
    turn_ = at->first;
    auto& [id, u] = *at;
    if (ready_at(u) > now) u.deficit = 0;
    if (ready_at(u) > now || (only_eager && !eager(u, now))) {
      end_turn();
      continue;
    }
    if (u.health.offline()) u.pending.clear();
    if (u.pending.empty()) plan(id, u, now);
    if (!std::exchange(u.has_turn, true)) u.deficit += quantum;
    if (cost(u.pending.front().what) > u.deficit) {
      end_turn();
      continue;
    }
    auto turn = std::move(u.pending.front());
    u.pending.pop_front();
    u.deficit -= cost(turn.what);
    turn.timeout = timeout(id, now);
    return turn;
  }
  return {};
}

void bus_schedule::end_turn() {
  units_.at(turn_).has_turn = false;
  turn_ += '\0';  // the least name after it
}

steady_span bus_schedule::timeout(const std::string& id, steady_moment now) const {
  auto& u = units_.at(id);
  auto unknown = !u.health.p99() && !p99_;
  auto free = unknown || u.health.offline() ? time_free(id, now) : steady_span{};
  return u.health.timeout(p99_, free, u.terms.timeout);
}

void bus_schedule::measure() {
  if (p99_ && ++answers_ % 256 != 0) return;
  std::vector<steady_span> all;
  for (auto& [id, u] : units_)
    if (auto p99 = u.health.p99()) all.push_back(*p99);
  if (all.empty()) return;
  auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::ranges::nth_element(all, middle);
  p99_ = *middle;
}

void bus_schedule::answered(const std::string& id, steady_moment now, steady_span took) {
  auto& u = units_.at(id);
  auto was_offline = u.health.offline();
  u.health.answered(now, took);
  if (was_offline) all_due(u, now);
  measure();
}

void bus_schedule::answered(const poll_turn& turn, steady_moment now, steady_span took) {
  units_.at(turn.unit).holes.answered(turn.what);
  answered(turn.unit, now, took);
}

void bus_schedule::failed(const std::string& id, steady_moment now) {
  auto& u = units_.at(id);
  u.health.failed(now);
  if (u.health.offline()) u.pending.clear();
}

bool bus_schedule::failed(const poll_turn& turn, steady_moment now) {
  auto& u = units_.at(turn.unit);
  // A unit that failed before does not get the time of the others twice.
  if (turn.attempt < u.terms.retries && u.health.state() == link_state::online) {
    auto again = turn;
    ++again.attempt;
    u.pending.push_front(std::move(again));
    return false;
  }
  failed(turn.unit, now);
  return true;
}

bool bus_schedule::refused(const poll_turn& turn, steady_moment now, steady_span took) {
  answered(turn.unit, now, took);
  auto& u = units_.at(turn.unit);
  if (!u.holes.refused(turn.what)) return false;
  auto parts = plan_reads(turn.what.points, u.terms.gap_max, u.holes);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part)
    u.pending.push_front({turn.unit, std::move(*part), {}, turn.late});
  return true;
}

void bus_schedule::all_due(unit& u, steady_moment now) {
  for (auto& p : u.points) p.due = std::min(p.due, now);
  if (!u.points.empty()) u.next_due = std::min(u.next_due, now);
}

void bus_schedule::line_lost(steady_moment now) {
  for (auto& [id, u] : units_) {
    u.pending.clear();
    u.health.line_lost(now);
  }
}

void bus_schedule::line_back(steady_moment now) {
  for (auto& [id, u] : units_) u.health.line_back(now);
}

}  // namespace stellwerk
