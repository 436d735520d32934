#pragma once

#include <caf/typed_actor.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/devices.hpp"
#include "actors/model/samples.hpp"

/// The port between a device and its line. A driver is an implementation of `bus_actor` and a row
/// in drivers.cpp.
namespace stellwerk {

/// One channel as its line needs it.
struct bus_point {
  std::uint32_t series = 0;
  channel what;
};
BOOST_DESCRIBE_STRUCT(bus_point, (), (series, what))

/// How a unit is doing, as its line sees it.
struct unit_report {
  std::string device_id;
  link_status link;
};
BOOST_DESCRIBE_STRUCT(unit_report, (), (device_id, link))

/// A write's end. `read_back` is what the device holds after it, if that was asked and could be
/// read. `code` is empty if the device acknowledged the write (or was read, with `only_read`), else
///   nothing went out: expired, device_down, unknown_unit, busy, stopped, wrong_type, out_of_range,
///                     not_representable, not_writable
///   it went out:      exception (the device refused it), no_answer (it may have been carried out)
struct write_outcome {
  std::string command_id;
  std::string device_id;
  bool written = false;  // false: certainly nothing went out
  std::string code;
  std::string detail;  // for people
  std::optional<value> read_back;
};
BOOST_DESCRIBE_STRUCT(write_outcome, (), (command_id, device_id, written, code, detail, read_back))

/// What a bus pushes, one way, at most every 10 ms or 16 results.
struct bus_results {
  samples items;
  std::vector<unit_report> reports;
};
BOOST_DESCRIBE_STRUCT(bus_results, (), (items, reports))

/// Takes what buses push.
using bus_listener = caf::typed_actor<caf::reacts_to<bus_results>, caf::reacts_to<write_outcome>>;

/// Begin to serve a unit, or serve it by a new plan; results go to `listener`.
struct serve_unit {
  std::string device_id;
  json_text settings;
  std::vector<bus_point> points;
  bus_listener listener;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, serve_unit&) {
  return f();
}
/// Forget a unit: nothing of it is asked or pushed from here on.
struct drop_unit {
  std::string device_id;
};
BOOST_DESCRIBE_STRUCT(drop_unit, (), (device_id))

/// Write `what` once, before `deadline` or not at all; looked at last just before the wire. Ends
/// with exactly one `write_outcome` to `listener`. With `only_read`, nothing is written: the
/// outcome says what the device holds (how a command is decided after a crash).
struct write_point {
  std::string command_id;
  std::string device_id;
  bus_point point;
  value what;
  std::chrono::steady_clock::time_point deadline;
  bool read_back = true;
  bool only_read = false;
  bus_listener listener;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, write_point&) {
  return f();
}

/// Owns one line (a TCP connection, a serial port), its schedule, breakers and time-outs. Never
/// quits for an I/O error: it reports, and reconnects for ever.
using bus_actor = caf::typed_actor<
    caf::reacts_to<serve_unit>, caf::reacts_to<drop_unit>, caf::reacts_to<write_point>>;

}  // namespace stellwerk
