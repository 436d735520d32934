#pragma once

#include <gtest/gtest.h>

#include <bit>

#include "actors/model/samples.hpp"

namespace stellwerk {

inline sample at(std::int64_t ms, value v, quality q = quality::good) {
  return {7, q, wall_time{std::chrono::milliseconds{ms}}, std::move(v)};
}

/// To the last bit; all of series 7.
inline void expect_equal(const samples& back, const samples& run) {
  ASSERT_EQ(back.size(), run.size());
  for (std::size_t i = 0; i < run.size(); ++i) {
    EXPECT_EQ(back[i].time, run[i].time);
    EXPECT_EQ(back[i].quality, run[i].quality);
    EXPECT_EQ(back[i].series, 7u);
    auto* real = run[i].value.as<double>();
    if (real == nullptr) {
      EXPECT_EQ(back[i].value, run[i].value);
    } else {
      ASSERT_NE(back[i].value.as<double>(), nullptr);
      EXPECT_EQ(
          std::bit_cast<std::uint64_t>(*back[i].value.as<double>()),
          std::bit_cast<std::uint64_t>(*real)
      );
    }
  }
}

}  // namespace stellwerk
