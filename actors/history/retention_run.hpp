#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "monitoring/log.hpp"
#include "persistence/sample_retention.hpp"

namespace stellwerk {

/// What is deleted in time.
struct retention_rule {
  retention_classes classes = {};
  std::uint64_t quota_bytes = 0;  // 0: none
};

/// When history is deleted: from 90 % of the quota on at once, by age once an hour. Not by age for
/// a week after the wall clock moved by more than a day against the steady one, or since the last
/// run: a wrong clock must not delete what is young. For one thread.
class retention_run {
 public:
  using moment = std::chrono::steady_clock::time_point;
  struct times {
    wall_time wall;
    moment steady;
  };

  retention_run(
      std::shared_ptr<sample_retention> kept, const retention_rule& rule, times now,
      instruments tools
  );

  /// Looks at clock and quota, and begins a run if one is due and none is under way. True: it has.
  bool look(times now, std::size_t bytes, bool may_begin);
  /// As `sample_retention::step`.
  caf::expected<bool> step();

  bool has_room() const { return has_room_; }
  wall_time kept_from(std::uint32_t series) const { return kept_->kept_from(series); }
  const dropped_history& dropped() const { return kept_->dropped(); }
  caf::error journaled() { return kept_->journaled(); }

 private:
  void watch_clock(times now);
  void pause(moment now, std::chrono::milliseconds moved);

  std::shared_ptr<sample_retention> kept_;
  retention_rule rule_;
  instruments tools_;
  times before_;
  bool running_ = false;
  bool has_room_ = true;
  std::optional<moment> next_by_age_;
};

}  // namespace stellwerk
