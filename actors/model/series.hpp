#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/samples.hpp"

/// Samples of long ranges as buckets: what a chart shows.
namespace stellwerk {

/// Of one answer; beyond that it is refused.
inline constexpr std::size_t series_bytes_max = 16 << 20;

/// JSON of an array of arrays, one a bucket, made where the buckets are read.
struct bucket_list {
  std::string text = "[]";

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, bucket_list& x) {
    return f(x.text);
  }
};

/// `from` ≤ time < `to` of each series in at most `points` buckets of one width. Numbers are told
/// as [t, min, max, avg, count], booleans and texts as [t, last, changes, count].
struct read_series {
  std::vector<std::uint32_t> series;
  std::vector<value_type>
      types;  // of the series, in the same order: samples of others do not count
  wall_time from{};
  wall_time to{};
  std::uint32_t points = 500;
};
BOOST_DESCRIBE_STRUCT(read_series, (), (series, types, from, to, points))

struct series_answer {
  std::int64_t width_ms = 0;
  std::optional<wall_time> partial_from;  // of the first bucket that is not over, or cut by `to`
  std::vector<bucket_list> points;        // of the series, in their order
};
BOOST_DESCRIBE_STRUCT(series_answer, (), (width_ms, partial_from, points))

// --- the outer form
// -------------------------------------------------------------------------------

struct channel_series {
  std::string channel;
  std::vector<std::string> columns;  // what the places of a bucket mean
  bucket_list points;
};
BOOST_DESCRIBE_STRUCT(channel_series, (), (channel, columns, points))
struct series_page {
  wall_time from{};
  wall_time to{};
  std::int64_t width_ms = 0;
  std::optional<wall_time> partial_from;
  std::vector<channel_series> items;
};
BOOST_DESCRIBE_STRUCT(series_page, (), (from, to, width_ms, partial_from, items))

}  // namespace stellwerk

namespace stellwerk::json {

template <>
struct codec<bucket_list> {
  static void write(std::string& out, const bucket_list& x) { out += x.text; }
  static void schema(std::string& out) {
    out += R"({"type":"array","items":{"type":"array","minItems":4,"maxItems":5}})";
  }
};

}  // namespace stellwerk::json
