#include "actors/history/retention_run.hpp"

#include <utility>

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto every = 1h;  // by age
constexpr std::chrono::milliseconds clock_trusted = 24h;
constexpr std::chrono::seconds doubt = std::chrono::days{7};
constexpr double drop_from = 0.90;  // of the quota
constexpr double refuse_from = 0.95;

}  // namespace

retention_run::retention_run(
    std::shared_ptr<sample_retention> kept, const retention_rule& rule, times now, instruments tools
)
    : kept_(std::move(kept)), rule_(rule), tools_(std::move(tools)), before_(now) {
  tools_.numbers->history_quota.Set(static_cast<double>(rule_.quota_bytes));
  if (auto last = kept_->last_run())
    if (auto since = now.wall - *last; std::chrono::abs(since) > clock_trusted)
      pause(now.steady, since);
}

void retention_run::pause(moment now, std::chrono::milliseconds moved) {
  next_by_age_ = now + doubt;
  tools_.numbers->retention_waits.Set(1);
  tools_.lines->warn(
      "history.retention_waits", {{"clock_moved_s", std::int64_t{moved.count() / 1000}},
                                  {"for_s", std::int64_t{doubt.count()}}}
  );
}

void retention_run::watch_clock(times now) {
  auto steady = std::chrono::duration_cast<std::chrono::milliseconds>(now.steady - before_.steady);
  auto moved = now.wall - before_.wall - steady;
  if (std::chrono::abs(moved) > clock_trusted) pause(now.steady, moved);
  before_ = now;
}

bool retention_run::look(times now, std::size_t bytes, bool may_begin) {
  watch_clock(now);
  auto share = rule_.quota_bytes == 0
                   ? 0
                   : static_cast<double>(bytes) / static_cast<double>(rule_.quota_bytes);
  has_room_ = share < refuse_from;
  if (running_ || !may_begin) return false;
  if (share >= drop_from) {
    kept_->begin_with_oldest(now.wall);
    running_ = true;
  } else if (rule_.classes.by_age() && (!next_by_age_ || *next_by_age_ <= now.steady)) {
    next_by_age_ = now.steady + every;
    tools_.numbers->retention_waits.Set(0);
    kept_->begin(now.wall, rule_.classes);
    running_ = true;
  }
  return running_;
}

caf::expected<bool> retention_run::step() {
  auto before = kept_->dropped();
  auto more = kept_->step();
  if (!more) return more;
  running_ = *more;
  auto& m = *tools_.numbers;
  m.samples_dropped.Increment(static_cast<double>(kept_->dropped().samples - before.samples));
  m.chunks_dropped.Increment(static_cast<double>(kept_->dropped().chunks - before.chunks));
  return more;
}

}  // namespace stellwerk
