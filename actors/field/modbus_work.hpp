#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "actors/field/bus_schedule.hpp"
#include "actors/field/drivers.hpp"
#include "actors/field/modbus_line.hpp"

namespace stellwerk {

/// What a line's work is given from outside.
struct modbus_outside {
  std::function<steady_moment()> now;
  std::function<void(const bus_listener&, bus_results)> push;
  std::function<void(const bus_listener&, write_outcome)> end;
  instruments tell;
};

/// Everything a Modbus bus does but being an actor: serves the units of one line, poll by poll.
/// `step` blocks for one poll, one write with its read-back, or one try to connect; nothing else
/// blocks. Bounds: `units_max` units, a further one is reported offline; `writes_max` writes wait,
/// a further one ends as `busy`.
class modbus_work {
 public:
  static constexpr std::size_t units_max = 1024;
  static constexpr std::size_t writes_max = 1024;

  modbus_work(std::string host, std::uint16_t port, field_options options, modbus_outside outside);

  void serve(const serve_unit& what);
  void drop(const drop_unit& what);
  void write(const write_point& what);

  /// When it wants to be called again: now or before if there is more to do, empty if only mail can
  /// bring more.
  std::optional<steady_moment> step();

  /// Ends all writes that wait as `stopped` and pushes what is known. After it writes end at once.
  void stop();

 private:
  struct served_point {
    channel what;
    register_address where;
    value last;
  };
  struct served_unit {
    bus_listener listener;
    modbus_settings settings;
    std::unordered_map<std::uint32_t, served_point> points;  // by series
    link_status link;                                        // as last told
    bus_results results;                                     // not yet pushed
    std::size_t polls = 0;                                   // in `results`
    std::string error;                                       // why the last request failed
  };
  using units = std::map<std::string, served_unit>;

  // modbus_work.cpp: the line and what is told
  bool connect(std::chrono::milliseconds within);
  void tell_link(const std::string& id, served_unit& u);
  void batch(served_unit& u);
  void flush(served_unit& u);
  void flush_all();
  wall_time wall_of(steady_moment when) const;

  // modbus_poll.cpp
  void poll(const poll_turn& turn);
  void poll_failed(const poll_turn& turn, std::string_view reason, std::string detail);
  void take(served_unit& u, const read_request& asked, const std::vector<std::uint16_t>& words);
  void take_bad(served_unit& u, const read_request& asked);
  void add(served_unit& u, std::uint32_t series, quality q, value what, wall_time when);

  // modbus_write.cpp
  write_outcome carried_out(const write_point& w);
  bool reachable(const write_point& w, const served_unit& u, write_outcome& end);
  void send_write(const write_point& w, const pdu_bytes& pdu, served_unit& u, write_outcome& end);
  void read_back(
      const write_point& w, const register_address& where, served_unit& u, write_outcome& end
  );

  std::string line_name_;
  modbus_line line_;
  modbus_outside outside_;
  bus_schedule schedule_;
  back_off line_retry_;
  bool line_up_ = false;
  bool stopped_ = false;
  units units_;
  std::deque<write_point> writes_;
  std::optional<steady_moment> oldest_;  // of the results not yet pushed
};

}  // namespace stellwerk
