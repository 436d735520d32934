#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "actors/field/bus_schedule.hpp"
#include "actors/field/drivers.hpp"
#include "actors/field/modbus_line.hpp"
#include "actors/field/scaling.hpp"

namespace stellwerk {

/// What a line's work is given from outside.
struct modbus_outside {
  std::function<steady_moment()> now;
  std::function<void(const bus_listener&, bus_results)> push;
  std::function<void(const bus_listener&, write_outcome)> end;
  instruments tell;
  /// Mail waits, or will be kicked for: nothing then lasts longer than it must.
  std::function<bool()> mail;
  const line_kick& kick;
};

/// Everything a Modbus bus does but being an actor: serves the units of one line, poll by poll.
/// `step` blocks for one poll, one write with its read-back, or one try to connect; nothing else
/// blocks. What a poll brought is decoded while the next one is on its way. Bounds: `units_max`
/// units, a further one is reported offline; `writes_max` writes wait, a further one ends as
/// `busy`.
class modbus_work {
 public:
  static constexpr std::size_t units_max = 1024;
  static constexpr std::size_t writes_max = 1024;
  static constexpr std::uint32_t hang_ups_max = 3;

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
    std::uint32_t series = 0;
    register_address where;
    conversion how;
    value last;
  };
  struct served_unit {
    std::string id;
    unit_number number = 0;
    bus_listener listener;
    modbus_settings settings;
    std::vector<served_point> points;  // by address; a plan's ids are places in it
    link_status link;                  // as last told
    bus_results results;               // not yet pushed
    std::size_t polls = 0;             // in `results`
    std::size_t usual = 0;             // items pushed together
    std::string error;                 // why the last request failed
  };
  /// An answer that is not decoded yet.
  struct raw_answer {
    unit_number unit = 0;
    std::shared_ptr<const read_request> asked;
    std::vector<std::uint16_t> words;
    wall_time when{};
  };
  /// Why a request brought nothing to go by.
  struct nothing_said {
    std::string reason;
    std::string detail;
  };

  // modbus_work.cpp: the line and what is told
  bool connect(std::chrono::milliseconds within);
  bool may_connect() const;
  void tell_link(served_unit& u);
  void batch(served_unit& u);
  void flush(served_unit& u);
  void flush_all();
  wall_time wall_of(steady_moment when) const;
  served_unit* find(const std::string& id);
  served_unit& made(const std::string& id);

  // modbus_poll.cpp
  void poll(const poll_turn& turn);
  void poll_failed(const poll_turn& turn, const line_answer& said, nothing_said why);
  std::optional<nothing_said> nothing_in(
      const line_answer& said, bool lying, const modbus_exception* refused
  );
  void take_last();
  void take(
      served_unit& u, const read_request& asked, std::span<const std::uint16_t> words,
      wall_time when
  );
  void take_bad(served_unit& u, const read_request& asked);
  void add(served_unit& u, std::uint32_t series, quality q, value what, wall_time when);

  // modbus_write.cpp
  write_outcome carried_out(const write_point& w);
  bool reachable(const write_point& w, const served_unit& u, write_outcome& end);
  answer_wait write_wait(const served_unit& u) const;
  void send_write(const pdu_bytes& pdu, served_unit& u, write_outcome& end);
  void read_back(
      const write_point& w, const register_address& where, served_unit& u, write_outcome& end
  );

  std::string line_name_;
  modbus_line line_;
  modbus_outside outside_;
  bus_schedule schedule_;
  back_off line_retry_;
  bool line_up_ = false;
  std::uint32_t hang_ups_ = 0;  // connections in a row that the other side ended unanswered
  bool stopped_ = false;
  std::vector<std::unique_ptr<served_unit>> units_;  // by number; null: free
  std::unordered_map<std::string, unit_number> numbers_;
  std::vector<unit_number> unpushed_;  // have results; one may be there twice
  std::deque<write_point> writes_;
  std::optional<raw_answer> last_;
  std::optional<steady_moment> oldest_;  // of the results not yet pushed
};

}  // namespace stellwerk
