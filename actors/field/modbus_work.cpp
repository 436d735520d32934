#include "actors/field/modbus_work.hpp"

#include <algorithm>
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
      line_retry_(seed_of(line_name_)) {}

void modbus_work::serve(const serve_unit& what) {
  auto known = units_.contains(what.device_id);
  modbus_settings settings;
  auto refused = json::decode(what.settings.text, settings);
  if (!refused.empty() || (!known && units_.size() >= units_max)) {
    auto why = refused.empty() ? "too many units on this line" : "settings that cannot be read";
    link_status link{link_state::offline, outside_.tell.now(), why, {}};
    return outside_.push(what.listener, {{}, {{what.device_id, link}}});
  }
  auto& u = units_[what.device_id];
  u.listener = what.listener;
  u.settings = settings;
  auto before = std::exchange(u.points, {});
  std::vector<scheduled_point> points;
  for (auto& p : what.points) {
    served_point made{p.what, {}, {}};
    if (auto had = before.find(p.series); had != before.end()) made.last = had->second.last;
    if (!json::decode(p.what.address.text, made.where).empty()) {
      add(u, p.series, quality::bad, made.last, outside_.tell.now());
      continue;
    }
    plan_point where{
        p.series, made.where.table, static_cast<std::uint16_t>(made.where.register_.value),
        size_of(made.where)};
    points.push_back({where, std::chrono::milliseconds{p.what.poll_ms}});
    u.points.insert_or_assign(p.series, std::move(made));
  }
  schedule_.serve(what.device_id, terms_of(settings), std::move(points), outside_.now());
  u.link = {};  // the listener may be a new one: it is told again
  tell_link(what.device_id, u);
}

void modbus_work::drop(const drop_unit& what) {
  schedule_.drop(what.device_id);
  units_.erase(what.device_id);
  if (!units_.empty()) return;
  line_.close();
  line_up_ = false;
}

void modbus_work::write(const write_point& what) {
  auto unit = units_.find(what.device_id);
  auto refuse_write = [&](const bus_listener& to, const char* code, const char* detail) {
    outside_.end(to, {what.command_id, what.device_id, false, code, detail, {}});
  };
  if (unit == units_.end()) return refuse_write(what.listener, "unknown_unit", "not on this line");
  if (stopped_) return refuse_write(what.listener, "stopped", "the line is being stopped");
  if (writes_.size() >= writes_max) return refuse_write(what.listener, "busy", "too many writes");
  writes_.push_back(what);
}

std::optional<steady_moment> modbus_work::step() {
  if (stopped_) return {};
  auto now = outside_.now();
  if (!writes_.empty()) {
    auto w = std::move(writes_.front());
    writes_.pop_front();
    outside_.end(w.listener, carried_out(w));
    return now;
  }
  if (line_up_ && line_.connected())
    if (auto turn = schedule_.next(now)) {
      poll(*turn);
      return outside_.now();
    }
  auto wake = schedule_.wake();
  if (wake && !line_up_) wake = std::max(*wake, line_retry_.next_try());
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
  if (line_retry_.failures() == 1) {
    outside_.tell.numbers->bus_disconnects.Increment();
    outside_.tell.lines->warn("bus.lost", {{"line", line_name_}, {"error", said.detail}});
  }
  line_up_ = false;
  schedule_.line_lost(now);
  for (auto& [id, u] : units_) {
    u.error = said.detail;
    tell_link(id, u);
  }
  return false;
}

wall_time modbus_work::wall_of(steady_moment when) const {
  auto ahead = std::chrono::ceil<std::chrono::milliseconds>(when - outside_.now());
  return outside_.tell.now() + ahead;
}

void modbus_work::tell_link(const std::string& id, served_unit& u) {
  auto& health = schedule_.health(id);
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
  u.results.reports.push_back({id, u.link});
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
  outside_.push(u.listener, std::exchange(u.results, {}));
}

void modbus_work::flush_all() {
  oldest_.reset();
  for (auto& [id, u] : units_) flush(u);
}

}  // namespace stellwerk
