#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/field/bus_breaker.hpp"
#include "actors/field/poll_plan.hpp"

namespace stellwerk {

struct scheduled_point {
  plan_point where;
  std::chrono::milliseconds period{1000};
  std::uint32_t series = 0;  // by which a later plan knows it again
};

struct unit_terms {
  std::chrono::milliseconds timeout{3000};
  std::uint16_t retries = 1;
  std::uint16_t gap_max = 8;
};

/// Of a unit on its line, from 0, given by the caller; small, and may be used again.
using unit_number = std::uint32_t;

/// One request to be sent now; hand it back with what came of it.
struct poll_turn {
  unit_number unit = 0;
  std::shared_ptr<const read_request> what;
  answer_wait within;
  steady_span late{};  // behind the moment it was due
  std::uint16_t attempt = 0;
};

/// Which unit of a line is asked for what, and when. Periods are kept on a grid that starts when
/// the unit is first served: no drift adds up, and a moment that was missed is left out. Units take
/// turns by deficit round robin, so that many registers of one do not starve the one of another; a
/// turn goes on for four requests as long as they take 5 ms together. Units that do not answer come
/// last, and one that is offline is only probed. One that takes much longer than its neighbours, so
/// that they miss their moments, gets 2.5 % of the line. Pure: time is given in.
class bus_schedule {
 public:
  /// The unit is asked for exactly `points` from now on; what it had before keeps its rhythm.
  void serve(
      unit_number number, const unit_terms& terms, std::vector<scheduled_point> points,
      steady_moment now
  );
  void drop(unit_number number);

  /// The request to send at `now`, if any.
  std::optional<poll_turn> next(steady_moment now);
  /// When `next` may have something; empty if never.
  std::optional<steady_moment> wake() const;

  /// What came of a turn.
  void answered(const poll_turn& turn, steady_moment now, steady_span took);
  /// No answer, or none to be believed. False: it will be asked again, nothing changed yet.
  bool failed(const poll_turn& turn, steady_moment now, steady_span took);
  /// The unit refused these addresses: true if they will be asked for in parts, false if the one
  /// point is bad.
  bool refused(const poll_turn& turn, steady_moment now, steady_span took);

  void line_lost(steady_moment now);
  /// Every unit is asked at once.
  void line_back(steady_moment now);

  /// REQUIRES for the rest: the unit is served. Writes are not scheduled but tell of the link, too.
  const unit_health& health(unit_number number) const { return units_[number]->health; }
  void answered(unit_number number, steady_moment now, steady_span took);
  void failed(unit_number number, steady_moment now);
  answer_wait timeout(unit_number number, steady_moment now) const;

 private:
  /// Points of one period that are due together.
  struct rhythm {
    std::chrono::milliseconds period;
    steady_moment due;
  };
  struct timed_point {
    plan_point where;
    std::uint32_t series = 0;
    std::size_t rhythm = 0;
  };
  using read_plan = std::shared_ptr<const std::vector<read_request>>;
  struct unit {
    unit(const unit_terms& t, steady_moment now, std::uint32_t seed)
        : terms(t), base(now), health(seed) {}

    unit_terms terms;
    steady_moment base;               // where its grid starts
    std::vector<timed_point> points;  // by address
    std::vector<rhythm> rhythms;
    std::map<std::vector<bool>, read_plan> plans;  // by which rhythms are due
    std::vector<poll_turn> pending;                // the next one last
    steady_moment planned{};                       // when those were
    address_holes holes;
    unit_health health;
    std::int64_t deficit = 0;
    steady_span spent{};   // on requests since the last answer, that one included
    bool harms = false;    // others missed a moment meanwhile
    steady_moment paid{};  // when it has waited for all that it took
    steady_moment next_due = steady_moment::max();
  };

  static steady_moment ready_at(const unit& u);
  static bool eager(const unit& u, steady_moment now);
  std::optional<poll_turn> next(steady_moment now, bool only_eager);
  void plan(unit_number number, steady_moment now);
  read_plan plan_of(unit& u, const std::vector<bool>& due);
  void all_due(unit& u, steady_moment now);
  void spend(unit_number number, steady_moment now, steady_span took);
  steady_span time_free(unit_number but, steady_moment now) const;
  void measure();
  void end_turn();
  void refresh(unit_number number) { ready_[number] = ready_at(*units_[number]); }

  std::vector<std::unique_ptr<unit>> units_;  // null: not served
  std::vector<steady_moment> ready_;          // of each, beside them since all are looked through
  std::size_t turn_ = 0;                      // whose it is
  std::uint32_t turn_requests_ = 0;           // it has had
  steady_span turn_span_{};                   // they took
  bool turn_begun_ = false;
  std::optional<steady_span> p99_;  // the median of the units'
  std::uint32_t answers_ = 0;
};

}  // namespace stellwerk
