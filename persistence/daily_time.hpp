#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "actors/model/codec.hpp"

namespace stellwerk {

/// A time of day by the machine's zone, `02:00`; empty: never.
struct daily_time {
  std::optional<std::chrono::minutes> at;  // since midnight
};

/// The first such moment after `now`: once a day, also on days that skip or repeat an hour.
/// REQUIRES: `when` has one.
wall_time next_after(wall_time now, const daily_time& when);

template <>
struct json::codec<daily_time> {
  static void read(const boost::json::value& in, daily_time& x, reader& r);
  static void write(std::string& out, const daily_time& x);
  static void schema(std::string& out) {
    out += R"({"type":"string","pattern":"^(([01][0-9]|2[0-3]):[0-5][0-9])?$"})";
  }
};

}  // namespace stellwerk
