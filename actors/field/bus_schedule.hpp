#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/field/bus_breaker.hpp"
#include "actors/field/poll_plan.hpp"

namespace stellwerk {

struct scheduled_point {
  plan_point where;
  std::chrono::milliseconds period{1000};
};

struct unit_terms {
  std::chrono::milliseconds timeout{3000};
  std::uint16_t retries = 1;
  std::uint16_t gap_max = 8;
};

/// One request to be sent now; hand it back with what came of it.
struct poll_turn {
  std::string unit;
  read_request what;
  steady_span timeout{};
  steady_span late{};  // behind the moment it was due
  std::uint16_t attempt = 0;
};

/// Which unit of a line is asked for what, and when. Periods are kept on a grid that starts when
/// the unit is first served: no drift adds up, and a moment that was missed is left out. Units take
/// turns by deficit round robin, so that many registers of one do not starve the one of another.
/// Units that do not answer come last; one that is offline is only probed. Pure: time is given in.
class bus_schedule {
 public:
  /// The unit is asked for exactly `points` from now on; what it had before keeps its rhythm.
  void serve(
      const std::string& id, const unit_terms& terms, std::vector<scheduled_point> points,
      steady_moment now
  );
  void drop(const std::string& id);

  /// The request to send at `now`, if any.
  std::optional<poll_turn> next(steady_moment now);
  /// When `next` may have something; empty if never.
  std::optional<steady_moment> wake() const;

  /// What came of a turn.
  void answered(const poll_turn& turn, steady_moment now, steady_span took);
  /// No answer, or none to be believed. False: it will be asked again, nothing changed yet.
  bool failed(const poll_turn& turn, steady_moment now);
  /// The unit refused these addresses: true if they will be asked for in parts, false if the one
  /// point is bad.
  bool refused(const poll_turn& turn, steady_moment now, steady_span took);

  void line_lost(steady_moment now);
  /// Every unit is asked at once.
  void line_back(steady_moment now);

  /// REQUIRES for the rest: the unit is served. Writes are not scheduled but tell of the link, too.
  const unit_health& health(const std::string& id) const { return units_.at(id).health; }
  void answered(const std::string& id, steady_moment now, steady_span took);
  void failed(const std::string& id, steady_moment now);
  steady_span timeout(const std::string& id, steady_moment now) const;

 private:
  struct timed_point {
    scheduled_point what;
    steady_moment due;
  };
  struct unit {
    unit(const unit_terms& t, steady_moment now, std::uint32_t seed)
        : terms(t), base(now), health(seed) {}

    unit_terms terms;
    steady_moment base;  // where its grid starts
    std::vector<timed_point> points;
    std::deque<poll_turn> pending;
    steady_moment planned{};  // when those were
    address_holes holes;
    unit_health health;
    std::int64_t deficit = 0;
    bool has_turn = false;
    steady_moment next_due = steady_moment::max();
  };
  using units = std::map<std::string, unit>;

  static steady_moment ready_at(const unit& u);
  static bool eager(const unit& u, steady_moment now);
  std::optional<poll_turn> next(steady_moment now, bool only_eager);
  void plan(const std::string& id, unit& u, steady_moment now);
  void all_due(unit& u, steady_moment now);
  steady_span time_free(const std::string& but, steady_moment now) const;
  void measure();
  void end_turn();

  units units_;
  std::string turn_;                // whose it is; the next one's if that is gone
  std::optional<steady_span> p99_;  // the median of the units'
  std::uint32_t answers_ = 0;
};

}  // namespace stellwerk
