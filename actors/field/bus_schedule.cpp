#include "actors/field/bus_schedule.hpp"

#include <algorithm>
#include <utility>

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

/// A request costs the line about as much as 32 registers, and what it carries.
constexpr std::int64_t cost_of_request = 32;
constexpr std::int64_t quantum = cost_of_request + registers_max;
constexpr std::uint32_t turn_requests_max = 4;
constexpr auto turn_span_max = 5ms;
constexpr auto patience = 1s;
constexpr std::size_t plans_max = 16;

/// What a unit may take without being looked at, how many times as much as its neighbours it takes
/// to be slow, for how many times as long as it took it then waits, and how much of that is
/// forgiven.
constexpr auto quick = 20ms;
constexpr int slow_times = 4;
constexpr int held_back_times = 40;
constexpr auto forgiven = held_back_times * 250ms;

std::int64_t cost(const read_request& r) {
  return cost_of_request + (holds_bits(r.table) ? r.count / 16 : r.count);
}

/// The first moment of the grid after `now`.
steady_moment next_on_grid(steady_moment base, steady_span period, steady_moment now) {
  return base + ((now - base) / period + 1) * period;
}

}  // namespace

void bus_schedule::serve(
    unit_number number, const unit_terms& terms, std::vector<scheduled_point> points,
    steady_moment now
) {
  if (number >= units_.size()) {
    units_.resize(number + 1);
    ready_.resize(number + 1, steady_moment::max());
  }
  if (!units_[number]) units_[number] = std::make_unique<unit>(terms, now, number);
  auto& u = *units_[number];
  std::map<std::uint32_t, steady_moment> known;
  for (auto& p : u.points) known.insert({p.series, u.rhythms[p.rhythm].due});
  u.terms = terms;
  u.points.clear();
  u.rhythms.clear();
  u.plans.clear();
  u.pending.clear();
  u.holes = {};  // the addresses may mean something else now
  u.next_due = steady_moment::max();
  std::map<std::pair<std::chrono::milliseconds, steady_moment>, std::size_t> rhythms;
  std::ranges::sort(points, {}, [](auto& p) { return std::pair{p.where.table, p.where.first}; });
  for (auto& p : points) {
    auto had = known.find(p.series);
    auto due = had == known.end() ? now : std::min(had->second, now + p.period);
    auto [at, fresh] = rhythms.try_emplace({p.period, due}, rhythms.size());
    if (fresh) u.rhythms.push_back({p.period, due});
    u.points.push_back({p.where, p.series, at->second});
    u.next_due = std::min(u.next_due, due);
  }
  refresh(number);
}

void bus_schedule::drop(unit_number number) {
  if (turn_ == number) end_turn();
  units_[number].reset();
  ready_[number] = steady_moment::max();
}

steady_moment bus_schedule::ready_at(const unit& u) {
  if (u.points.empty()) return steady_moment::max();
  if (u.health.offline()) return u.health.next_try();
  return std::max(u.pending.empty() ? u.next_due : u.planned, u.paid - forgiven);
}

/// Whether it may be asked before all others had their turn: units that do not answer keep the line
/// for long, so they come last, but not for ever.
bool bus_schedule::eager(const unit& u, steady_moment now) {
  return u.health.state() == link_state::online || now - ready_at(u) > patience;
}

std::optional<steady_moment> bus_schedule::wake() const {
  auto first = std::ranges::min_element(ready_);
  if (first == ready_.end() || *first == steady_moment::max()) return {};
  return *first;
}

steady_span bus_schedule::time_free(unit_number but, steady_moment now) const {
  steady_span least = 1h;
  for (unit_number i = 0; i < ready_.size(); ++i)
    if (i != but && ready_[i] != steady_moment::max())
      least = std::min(least, std::max(ready_[i], now) - now);
  return least;
}

/// One request for each span of due points; when offline one request alone, as a probe.
void bus_schedule::plan(unit_number number, steady_moment now) {
  auto& u = *units_[number];
  auto probe = u.health.offline();
  auto earliest = now;
  std::vector<bool> due(u.rhythms.size());
  u.planned = now;
  u.next_due = steady_moment::max();
  for (std::size_t i = 0; i < due.size(); ++i) {
    auto& r = u.rhythms[i];
    due[i] = r.due <= now || probe;
    if (due[i]) {
      earliest = std::min(earliest, r.due);
      r.due = next_on_grid(u.base, r.period, now);
    }
    u.next_due = std::min(u.next_due, r.due);
  }
  auto late = probe ? steady_span{} : now - earliest;
  auto all = plan_of(u, due);
  for (auto request = all->rbegin(); request != all->rend(); ++request)
    u.pending.push_back({number, {all, &*request}, {}, late});
  if (probe) u.pending.erase(u.pending.begin(), u.pending.end() - 1);
}

bus_schedule::read_plan bus_schedule::plan_of(unit& u, const std::vector<bool>& due) {
  if (auto known = u.plans.find(due); known != u.plans.end()) return known->second;
  std::vector<plan_point> points;
  for (auto& p : u.points)
    if (due[p.rhythm]) points.push_back(p.where);
  if (u.plans.size() >= plans_max) u.plans.clear();
  auto made = plan_reads(points, u.terms.gap_max, u.holes);
  return u.plans[due] = std::make_shared<const std::vector<read_request>>(std::move(made));
}

std::optional<poll_turn> bus_schedule::next(steady_moment now) {
  if (auto first = wake(); !first || *first > now) return {};
  auto turn = next(now, true);
  return turn ? turn : next(now, false);
}

std::optional<poll_turn> bus_schedule::next(steady_moment now, bool only_eager) {
  // A unit whose turn went on owes what it took: it may be passed by so many times.
  auto looks = units_.size() * (turn_requests_max + 1);
  for (std::size_t looked = 0; looked <= looks; ++looked) {
    if (ready_[turn_] > now || (only_eager && !eager(*units_[turn_], now))) {
      end_turn();
      continue;
    }
    auto number = static_cast<unit_number>(turn_);
    auto& u = *units_[number];
    if (u.health.offline()) u.pending.clear();
    if (u.pending.empty()) plan(number, now);
    if (!std::exchange(turn_begun_, true)) u.deficit += quantum;
    auto price = cost(*u.pending.back().what);
    auto goes_on =
        turn_requests_ > 0 && turn_requests_ < turn_requests_max && turn_span_ < turn_span_max;
    if (price > u.deficit && !goes_on) {
      end_turn();
      continue;
    }
    auto turn = std::move(u.pending.back());
    u.pending.pop_back();
    refresh(number);
    u.deficit = ready_[number] > now ? 0 : u.deficit - price;
    ++turn_requests_;
    turn.within = timeout(number, now);
    return turn;
  }
  return {};
}

void bus_schedule::end_turn() {
  turn_ = (turn_ + 1) % units_.size();
  turn_requests_ = 0;
  turn_span_ = {};
  turn_begun_ = false;
}

answer_wait bus_schedule::timeout(unit_number number, steady_moment now) const {
  auto& u = *units_[number];
  auto unknown = !u.health.p99() && !p99_;
  auto free = unknown || u.health.offline() ? time_free(number, now) : steady_span{};
  return u.health.timeout(p99_, free, u.terms.timeout);
}

void bus_schedule::measure() {
  ++answers_;
  if (answers_ > 64 && answers_ % 256 != 0) return;
  std::vector<steady_span> all;
  for (auto& u : units_)
    if (u && u->health.p99()) all.push_back(*u->health.p99());
  auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() - 1) / 2);
  std::ranges::nth_element(all, middle);
  p99_ = *middle;
}

void bus_schedule::answered(unit_number number, steady_moment now, steady_span took) {
  auto& u = *units_[number];
  auto was_offline = u.health.offline();
  u.health.answered(now, took);
  measure();
  if (was_offline) all_due(u, now);
  refresh(number);
  spend(number, now, took);
  if (std::exchange(u.harms, false) && u.spent > *p99_ * slow_times) {
    u.paid = std::max(u.paid, now) + u.spent * held_back_times;
    refresh(number);
  }
  u.spent = {};
}

void bus_schedule::spend(unit_number number, steady_moment now, steady_span took) {
  auto& u = *units_[number];
  u.spent += took;
  if (u.spent <= quick) return;
  for (unit_number i = 0; i < units_.size() && !u.harms; ++i) {
    if (i == number || ready_[i] > now || units_[i]->health.offline()) continue;
    u.harms = now - ready_[i] >= std::ranges::min(units_[i]->rhythms, {}, &rhythm::period).period;
  }
}

void bus_schedule::answered(const poll_turn& turn, steady_moment now, steady_span took) {
  auto& u = *units_[turn.unit];
  if (u.holes.answered(*turn.what)) u.plans.clear();
  if (turn.unit == turn_) turn_span_ += took;
  answered(turn.unit, now, took);
}

void bus_schedule::failed(unit_number number, steady_moment now) {
  auto& u = *units_[number];
  u.health.failed(now);
  if (u.health.offline()) {
    u.pending.clear();
    u.spent = {};  // it is probed, and not held back on its return
    u.harms = false;
    u.paid = {};
  }
  refresh(number);
}

bool bus_schedule::failed(const poll_turn& turn, steady_moment now, steady_span took) {
  auto& u = *units_[turn.unit];
  spend(turn.unit, now, took);
  // A unit that failed before does not get the time of the others twice.
  if (turn.attempt < u.terms.retries && u.health.state() == link_state::online) {
    u.pending.push_back(turn);
    ++u.pending.back().attempt;
    refresh(turn.unit);
    return false;
  }
  failed(turn.unit, now);
  return true;
}

bool bus_schedule::refused(const poll_turn& turn, steady_moment now, steady_span took) {
  answered(turn.unit, now, took);
  auto& u = *units_[turn.unit];
  auto split = u.holes.refused(*turn.what);
  u.plans.clear();
  if (!split) return false;
  auto parts = plan_reads(turn.what->points, u.terms.gap_max, u.holes);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    auto what = std::make_shared<const read_request>(std::move(*part));
    u.pending.push_back({turn.unit, std::move(what), {}, turn.late});
  }
  refresh(turn.unit);
  return true;
}

void bus_schedule::all_due(unit& u, steady_moment now) {
  for (auto& r : u.rhythms) {
    r.due = std::min(r.due, now);
    u.next_due = std::min(u.next_due, now);
  }
}

void bus_schedule::line_lost(steady_moment now) {
  for (unit_number i = 0; i < units_.size(); ++i) {
    if (!units_[i]) continue;
    units_[i]->pending.clear();
    units_[i]->health.line_lost(now);
    refresh(i);
  }
}

void bus_schedule::line_back(steady_moment now) {
  for (unit_number i = 0; i < units_.size(); ++i) {
    if (!units_[i]) continue;
    units_[i]->health.line_back(now);
    refresh(i);
  }
}

}  // namespace stellwerk
