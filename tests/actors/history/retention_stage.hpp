#pragma once

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <string>
#include <string_view>

#include "actors/model/series.hpp"
#include "tests/actors/history/history_stage.hpp"

namespace stellwerk {

inline constexpr sample_limits closes_at_once{1, 1, {}};

/// A history of a chunk an hour, of which some is deleted.
struct retention_stage : history_stage {
  const wall_time today = *wall;

  wall_time hours_ago(int hours) const { return today - std::chrono::hours{hours}; }
  sample sample_ago(std::uint32_t series, int hours) const {
    return {series, quality::good, hours_ago(hours), double(hours)};
  }
  /// A chunk an hour, the oldest first.
  void fill(std::uint32_t series, int hours) {
    for (int ago = hours; ago > 0; --ago) ASSERT_TRUE(append({sample_ago(series, ago)}));
    settle();
  }
  void flush_to_disk() {
    rocksdb::FlushOptions now;
    for (auto which : {history_family::chunks, history_family::rollups, history_family::series})
      ASSERT_TRUE((*opened.lock())->Flush(now, family(*opened.lock(), which)).ok());
  }
  std::uint64_t bytes(std::initializer_list<history_family> families) {
    std::uint64_t all = 0;
    auto db = opened.lock();
    for (auto which : families) {
      std::uint64_t mine = 0;
      (*db)->GetIntProperty(family(*db, which), rocksdb::DB::Properties::kTotalSstFilesSize, &mine);
      all += mine;
    }
    return all;
  }
  wall_time oldest(std::uint32_t series) {
    auto all = all_of({series});
    return all.empty() ? wall_time::max() : all.front().time;
  }
  std::uint64_t counted(std::uint32_t series, int hours, int until = 0) {
    return counted_of({{series}, {value_type::float_}, hours_ago(hours), hours_ago(until), 10});
  }
  std::uint64_t counted_of(const read_series& what) {
    auto told = ask<series_answer>(reader, what);
    std::uint64_t count = 0;
    if (told)
      for (std::string_view text = told->points[0].text; text.find("],") != text.npos;) {
        auto end = text.find(']');
        count += std::stoul(std::string{text.substr(text.rfind(',', end) + 1)});
        text.remove_prefix(end + 1);
      }
    return count;
  }
};

}  // namespace stellwerk
