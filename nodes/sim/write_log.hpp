#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "nodes/sim/modbus_unit.hpp"

namespace stellwerk::sim {

/// RFC 3339 in UTC with milliseconds: `2026-11-21T10:00:00.000Z`.
std::string rfc3339(std::chrono::system_clock::time_point time);

/// Every write the plant carried out, as JSON lines
/// `{"seq","time","port","unit","function","address","values"}`, seq from 1: the proof that a
/// command was carried out once. Each line reaches the file by one write(), before the answer goes
/// out; the file is appended to. The last `kept_max` stay in memory.
class write_log {
 public:
  static constexpr std::size_t kept_max = 10'000;

  /// An empty `file` keeps the log in memory only. Throws `std::system_error` when it cannot be
  /// opened.
  explicit write_log(const std::string& file);
  ~write_log();
  write_log(const write_log&) = delete;
  write_log& operator=(const write_log&) = delete;

  /// Throws `std::system_error` when the file does not take the whole line: a log with a hole
  /// proves nothing.
  void append(std::uint16_t port, std::uint8_t unit, const modbus_write& write);

  /// Number of the newest write, 0 before the first.
  std::uint64_t last() const { return last_; }

  /// The lines with numbers above `seq` that are still kept, oldest first, at most `max`.
  std::vector<std::string> after(std::uint64_t seq, std::size_t max) const;

 private:
  int file_ = -1;
  std::uint64_t last_ = 0;
  std::deque<std::string> kept_;  // the last of them has the number `last_`
};

}  // namespace stellwerk::sim
