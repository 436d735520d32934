#include "actors/field/modbus_work.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto connect_within = 1000ms;
constexpr auto batch_age_max = 10ms;
constexpr std::size_t batch_polls_max = 16;

unit_terms terms_of(const modbus_settings& s) {
  return {std::chrono::milliseconds{s.timeout_ms}, s.retries, s.gap_max};
}

std::uint32_t seed_of(const std::string& name) {
  return static_cast<std::uint32_t>(std::hash<std::string>{}(name));
}

}  // namespace

modbus_work::modbus_work(
    std::string host, std::uint16_t port, field_options options, modbus_outside outside
)
    : line_name_(host + ':' + std::to_string(port)),
      line_(std::move(host), port, std::move(options)),
      outside_(std::move(outside)),
      line_retry_(seed_of(line_name_)) {
  line_.heed(outside_.kick);
}

modbus_work::served_unit* modbus_work::find(const std::string& id) {
  auto known = numbers_.find(id);
  return known == numbers_.end() ? nullptr : units_[known->second].get();
}

modbus_work::served_unit& modbus_work::made(const std::string& id) {
  if (auto* known = find(id)) return *known;
  auto free = std::find(units_.begin(), units_.end(), nullptr);
  if (free == units_.end()) free = units_.insert(free, nullptr);
  *free = std::make_unique<served_unit>();
  (*free)->id = id;
  (*free)->number = static_cast<unit_number>(free - units_.begin());
  numbers_.insert({id, (*free)->number});
  return **free;
}

void modbus_work::serve(const serve_unit& what) {
  take_last();  // by the plan it was asked by
  modbus_settings settings;
  auto refused = json::decode(what.settings.text, settings);
  if (!refused.empty() || (!find(what.device_id) && numbers_.size() >= units_max)) {
    auto why = refused.empty() ? "too many units on this line" : "settings that cannot be read";
    link_status link{link_state::offline, outside_.tell.now(), why, {}};
    return outside_.push(what.listener, {{}, {{what.device_id, link}}});
  }
  auto& u = made(what.device_id);
  u.listener = what.listener;
  u.settings = settings;
  std::map<std::uint32_t, value> last;
  for (auto& p : u.points) last.insert({p.series, std::move(p.last)});
  u.points.clear();
  std::map<std::uint32_t, std::chrono::milliseconds> periods;
  for (auto& p : what.points) {
    served_point point{p.series, {}, p.what, std::move(last[p.series])};
    if (!json::decode(p.what.address.text, point.where).empty()) {
      add(u, p.series, quality::bad, point.last, outside_.tell.now());
      continue;
    }
    periods[p.series] = std::chrono::milliseconds{p.what.poll_ms};
    u.points.push_back(std::move(point));
  }
  std::ranges::sort(u.points, {}, [](auto& p) {
    return std::pair{p.where.table, p.where.register_.value};
  });
  std::vector<scheduled_point> points;
  for (auto& p : u.points)
    points.push_back({place_of(p.where, points.size()), periods[p.series], p.series});
  schedule_.serve(u.number, terms_of(settings), std::move(points), outside_.now());
  u.link = {};  // the listener may be a new one: it is told again
  tell_link(u);
}

void modbus_work::drop(const drop_unit& what) {
  take_last();
  if (auto* u = find(what.device_id)) {
    schedule_.drop(u->number);
    units_[u->number].reset();
    numbers_.erase(what.device_id);
  }
  if (!numbers_.empty()) return;
  line_.close();
  line_up_ = false;
}

void modbus_work::write(const write_point& what) {
  auto refuse_write = [&](const char* code, const char* detail) {
    outside_.end(what.listener, {what.command_id, what.device_id, false, code, detail, {}});
  };
  if (find(what.device_id) == nullptr) return refuse_write("unknown_unit", "not on this line");
  if (stopped_) return refuse_write("stopped", "the line is being stopped");
  if (writes_.size() >= writes_max) return refuse_write("busy", "too many writes");
  writes_.push_back(what);
}

std::optional<steady_moment> modbus_work::step() {
  if (stopped_) return {};
  auto now = outside_.now();
  if (!writes_.empty()) {
    auto w = std::move(writes_.front());
    writes_.pop_front();
    take_last();  // older than what is read back
    outside_.end(w.listener, carried_out(w));
    return now;
  }
  if (line_up_ && line_.connected())
    if (auto turn = schedule_.next(now)) {
      poll(*turn);
      return outside_.now();
    }
  auto wake = schedule_.wake();
  if (wake && !may_connect()) wake = std::max(*wake, line_retry_.next_try());
  if (!wake || *wake > now) {
    flush_all();
    return wake;
  }
  // Asked in the same step: a line that ends as soon as it is there then counts as a failed poll.
  if (connect(connect_within))
    if (auto turn = schedule_.next(outside_.now())) poll(*turn);
  return outside_.now();
}

void modbus_work::stop() {
  stopped_ = true;
  for (auto& w : writes_)
    outside_.end(
        w.listener, {w.command_id, w.device_id, false, "stopped", "the line is being stopped", {}}
    );
  writes_.clear();
  flush_all();
  line_.close();
}

/// A line that was lost, or that is there only to be ended again, is tried now and then.
bool modbus_work::may_connect() const {
  return (line_up_ && hang_ups_ < hang_ups_max) || line_retry_.next_try() <= outside_.now();
}

bool modbus_work::connect(std::chrono::milliseconds within) {
  flush_all();  // it may take long
  auto said = line_.connect(within);
  auto now = outside_.now();
  if (said.fault == line_fault::none) {
    line_retry_.succeeded(now);
    outside_.tell.numbers->bus_connects.Increment();
    if (!std::exchange(line_up_, true)) {
      outside_.tell.lines->info("bus.connected", {{"line", line_name_}});
      schedule_.line_back(now);
    }
    return true;
  }
  line_retry_.failed(now, said.fault == line_fault::refused);
  if (std::exchange(line_up_, false) || line_retry_.failures() == 1) {
    outside_.tell.numbers->bus_disconnects.Increment();
    outside_.tell.lines->warn("bus.lost", {{"line", line_name_}, {"error", said.detail}});
  }
  schedule_.line_lost(now);
  for (auto& u : units_) {
    if (!u) continue;
    u->error = said.detail;
    tell_link(*u);
  }
  return false;
}

wall_time modbus_work::wall_of(steady_moment when) const {
  auto ahead = std::chrono::ceil<std::chrono::milliseconds>(when - outside_.now());
  return outside_.tell.now() + ahead;
}

void modbus_work::tell_link(served_unit& u) {
  auto& health = schedule_.health(u.number);
  auto told = u.link;
  u.link.state = health.state();
  u.link.last_error = health.state() == link_state::online ? "" : u.error;
  u.link.next_try_at.reset();
  if (health.offline())
    u.link.next_try_at = wall_of(line_up_ ? health.next_try() : line_retry_.next_try());
  if (u.link.state != told.state || told.since == wall_time{})
    u.link.since = outside_.tell.now();
  else if (u.link.next_try_at == told.next_try_at)
    return;
  u.results.reports.push_back({u.id, u.link});
  flush(u);
}

void modbus_work::batch(served_unit& u) {
  auto now = outside_.now();
  if (!oldest_) oldest_ = now;
  if (++u.polls >= batch_polls_max) flush(u);
  if (now - *oldest_ >= batch_age_max) flush_all();
}

void modbus_work::flush(served_unit& u) {
  if (u.results.items.empty() && u.results.reports.empty()) return;
  u.polls = 0;
  u.usual = u.results.items.size();
  outside_.push(u.listener, std::exchange(u.results, {}));
}

void modbus_work::flush_all() {
  take_last();
  oldest_.reset();
  for (auto number : std::exchange(unpushed_, {}))
    if (units_[number]) flush(*units_[number]);
}

}  // namespace stellwerk
