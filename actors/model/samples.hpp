#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/call_context.hpp"
#include "actors/model/codec.hpp"

/// Samples: the inner form by series number, and the outer one by `device/channel`.
namespace stellwerk {

struct sample {
  std::uint32_t series = 0;
  stellwerk::quality quality = stellwerk::quality::good;
  wall_time time{};
  stellwerk::value value;
};
BOOST_DESCRIBE_STRUCT(sample, (), (series, quality, time, value))
using samples = std::vector<sample>;

/// Shared by all readers; local to the process.
using sample_batch = std::shared_ptr<const samples>;

/// Who numbers its batches: seen numbers are answered as before and stored once.
struct source_stamp {
  std::string source;  // principal id + '/' + the client's name for it
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(source_stamp, (), (source, epoch, seq))

/// An item that was not taken. `code`: unknown_channel, not_permitted, device_disabled, wrong_type,
/// not_finite, out_of_time, too_old, duplicate_in_batch, not_pushed, seq_too_old, seq_seen,
/// bad_line.
struct refused_sample {
  std::uint32_t index = 0;
  std::string code;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(refused_sample, (), (index, code, message))

struct post_answer {
  std::uint32_t accepted = 0;
  std::vector<refused_sample> refused;
};
BOOST_DESCRIBE_STRUCT(post_answer, (), (accepted, refused))

/// Stores all of `items`, durable when answered. A repeated stamp stores nothing and gets the first
/// answer. `refused` are the caller's own refusals, kept with the answer.
struct append_samples {
  context_ptr context;
  std::optional<source_stamp> stamp;
  samples items;
  std::vector<refused_sample> refused;
};
BOOST_DESCRIBE_STRUCT(append_samples, (), (context, stamp, items, refused))

/// What buses and devices saw: stored like the rest, but nobody waits for it.
struct record_samples {
  samples items;
};
BOOST_DESCRIBE_STRUCT(record_samples, (), (items))

/// Raw samples of `series` with from ≤ time < to, ascending by time, `limit` at most, beginning
/// after `skip` samples of the same first millisecond (the cursor's job).
struct read_range {
  std::vector<std::uint32_t> series;
  wall_time from{};
  wall_time to{};
  std::uint32_t limit = 1000;
  std::uint32_t skip = 0;
};
BOOST_DESCRIBE_STRUCT(read_range, (), (series, from, to, limit, skip))
struct range_page {
  samples items;      // ordered by (time, series)
  bool more = false;  // cursor of the next page: (time of the last, how many of that time)
};
BOOST_DESCRIBE_STRUCT(range_page, (), (items, more))

/// The last known sample of each series, in the same order; unknown ones are left out.
struct read_latest {
  std::vector<std::uint32_t> series;
};
BOOST_DESCRIBE_STRUCT(read_latest, (), (series))
struct latest_values {
  samples items;
};
BOOST_DESCRIBE_STRUCT(latest_values, (), (items))

// --- the outer form
// -------------------------------------------------------------------------------

using channel_path = text<1, 201>;  // device/channel

struct pushed_sample {
  channel_path channel;
  std::optional<wall_time> time;  // absent: when it arrived
  stellwerk::value value;
  std::optional<stellwerk::quality> quality;
};
BOOST_DESCRIBE_STRUCT(pushed_sample, (), (channel, time, value, quality))
/// A line of NDJSON that is no sample.
struct broken_line {
  std::uint32_t index = 0;  // in `samples`, where an empty one stands for it
  std::string message;
};
BOOST_DESCRIBE_STRUCT(broken_line, (), (index, message))
template <>
inline constexpr bool json::hidden<std::vector<broken_line>> = true;
struct post_samples {
  context_ptr context;
  std::optional<text<1, 100>> source;
  std::optional<std::uint64_t> epoch;
  std::optional<std::uint64_t> seq;
  std::vector<pushed_sample> samples;   // 1..10,000
  std::optional<channel_path> channel;  // instead of `samples`: as many times as values
  std::vector<wall_time> times;
  std::vector<stellwerk::value> values;
  std::vector<broken_line> broken = {};  // ascending
};
BOOST_DESCRIBE_STRUCT(
    post_samples, (), (context, source, epoch, seq, samples, channel, times, values, broken)
)
struct sample_view {
  std::string channel;
  wall_time time{};
  stellwerk::value value;
  stellwerk::quality quality{};
};
BOOST_DESCRIBE_STRUCT(sample_view, (), (channel, time, value, quality))
struct sample_page {
  std::vector<sample_view> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(sample_page, (), (items, next_cursor))
struct latest_view {
  std::string channel;
  wall_time time{};
  stellwerk::value value;
  stellwerk::quality quality{};
  std::int64_t age_ms = 0;
};
BOOST_DESCRIBE_STRUCT(latest_view, (), (channel, time, value, quality, age_ms))
struct latest_page {
  std::vector<latest_view> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(latest_page, (), (items, next_cursor))

}  // namespace stellwerk
