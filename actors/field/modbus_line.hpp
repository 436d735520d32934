#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "actors/field/bus_breaker.hpp"
#include "actors/field/modbus_host.hpp"
#include "actors/field/modbus_pdu.hpp"

namespace stellwerk {

enum class line_fault : std::uint8_t {
  none,
  refused,      // connecting: the other side said no at once
  unreachable,  // connecting: it said nothing, or there is no such host
  forbidden,    // connecting: outside the allowed networks
  closed,       // the connection ended
  timed_out,    // no whole answer in time
  lying,        // an answer, but none to this request
};
BOOST_DESCRIBE_ENUM(line_fault, none, refused, unreachable, forbidden, closed, timed_out, lying)

struct line_answer {
  line_fault fault = line_fault::none;
  bool sent = false;                  // something may have gone out
  std::string detail;                 // for people
  std::span<const std::uint8_t> pdu;  // checked against the frame only; until the next request
  std::chrono::steady_clock::duration took{};
};

/// Ends waits for more than is sure, from any thread: somebody needs the one that waits.
class line_kick {
 public:
  line_kick();
  ~line_kick();
  line_kick(const line_kick&) = delete;
  line_kick& operator=(const line_kick&) = delete;

  void kick();
  /// Of those until now.
  void forget();
  int descriptor() const { return event_; }

 private:
  int event_;  // -1 if there is none to be had: then waits last
};

/// One connection to a Modbus TCP server, one request at a time; blocks its thread, but never
/// longer than it is told. Any time-out and any answer that does not belong to its request closes
/// the connection: what comes later could be taken for the next answer.
class modbus_line {
 public:
  using milliseconds = std::chrono::milliseconds;

  modbus_line(std::string host, std::uint16_t port, field_options options);
  ~modbus_line() { close(); }
  modbus_line(const modbus_line&) = delete;
  modbus_line& operator=(const modbus_line&) = delete;

  /// False also if the other side has ended it, or sent what nobody asked for: then it is closed.
  /// After an answer that is less than 100 ms old it is not looked at again.
  bool connected();
  /// The same, looked at in any case.
  bool alive();
  line_answer connect(milliseconds within);
  /// `meanwhile` is done while the unit works. REQUIRES: connected; a PDU of 1..253 bytes.
  line_answer ask(
      std::uint8_t unit, std::span<const std::uint8_t> pdu, answer_wait within,
      const std::function<void()>& meanwhile = {}
  );
  void close();
  /// From now on; outlives the line.
  void heed(const line_kick& kick) { kick_ = kick.descriptor(); }

 private:
  using moment = std::chrono::steady_clock::time_point;
  struct failure {
    line_fault fault = line_fault::none;
    std::string detail;
  };

  failure connect_to(const std::string& address, moment end);
  failure receive(std::uint8_t unit, line_answer& said, moment start, const answer_wait& within);

  std::string host_;
  std::uint16_t port_;
  field_options options_;
  host_lookup lookup_;
  int kick_ = -1;
  int socket_ = -1;  // not connected
  moment used_{};    // when it last answered
  std::uint16_t transaction_ = 0;
  frame_buffer received_{};
};

}  // namespace stellwerk
