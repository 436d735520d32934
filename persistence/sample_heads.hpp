#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "persistence/sample_records.hpp"

namespace stellwerk {

/// A head of so many becomes a chunk.
inline constexpr std::size_t head_samples_max = 512;

/// By time, of those of one moment only the last of `written`.
samples ascending(samples written);

/// Samples of a head as they become chunks: each run fits one.
struct head_runs {
  std::vector<samples> ordered;
  std::vector<samples> late;
};
/// Sorts `head` by time, keeps the later written of two at one moment, and parts it: what is not
/// after `ordered_until` is late.
head_runs runs_of(samples head, wall_time ordered_until);

/// Of every series: the newest sample, and the head, which holds what is in no chunk so far.
class sample_heads {
 public:
  /// REQUIRES: before any sample of the series.
  void restore(const series_record& record);
  /// `written`: number of the log record that holds it. Those that a chunk covers change nothing.
  void add(const sample& one, wall_time arrived, std::uint64_t written);

  /// Makes it the newest sample, if it is; it is in no head.
  void show(const sample& one);

  /// Null if the series is unknown.
  const sample* latest(std::uint32_t series) const;
  /// Appends the head's samples with from ≤ time < to, in the order written.
  void copy(std::uint32_t series, wall_time from, wall_time to, samples& out) const;

  /// Heads that hold a chunk's worth, up to `count`.
  std::vector<std::uint32_t> full(std::size_t count) const;
  /// The heads with the oldest samples, up to `count`, oldest first.
  std::vector<std::uint32_t> oldest(std::size_t count) const;
  /// Of the 2 × `count` oldest heads, the `count` largest.
  std::vector<std::uint32_t> largest_of_oldest(std::size_t count) const;

  struct closing {
    series_record record;  // as it will be
    head_runs runs;
    std::int64_t skew_ms = 0;  // largest difference between arrival and time
    wall_time stored_until{};  // the newest sample in a chunk before
  };
  /// What is to be stored so that the head may be `forget`ed. REQUIRES: it is not empty; `written`
  /// is the newest log record.
  closing close(std::uint32_t series, std::uint64_t written) const;
  void forget(const series_record& closed);

  /// Memory of all heads' samples.
  std::size_t bytes() const { return bytes_; }
  std::size_t count() const { return count_; }
  bool any_full() const { return !full_.empty(); }
  /// The oldest log record that a head needs; `none` if there is no head.
  std::uint64_t oldest_written(std::uint64_t none) const {
    return by_age_.empty() ? none : by_age_.begin()->first;
  }

 private:
  struct state {
    series_record record;
    std::vector<char> head = {};  // as in a record of the log, one after the other
    std::size_t count = 0;
    wall_time last_time{};    // of the head's last in the order written
    std::uint64_t since = 0;  // log record of the head's first sample
    std::int64_t skew_ms = 0;
  };
  template <class F>
  static void for_each(const state& mine, F f);
  static void show(const sample& one, sample& last);
  void grow(std::vector<char>& head, std::size_t more);

  std::unordered_map<std::uint32_t, state> series_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> by_age_;  // (since, series) of each head
  std::set<std::uint32_t> full_;
  std::string scratch_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace stellwerk
