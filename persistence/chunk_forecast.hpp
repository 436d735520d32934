#pragma once

#include <array>
#include <cstdint>

/// What the next number of a column is foreseen to be. Layout: docs/formats.md, Chunk. Persistent.
namespace stellwerk::chunk {

/// How much of an error, in sixteenths, moves the level and the slope. Persistent: append only.
struct gains {
  std::uint64_t level;
  std::uint64_t slope;
};
inline constexpr std::array<gains, 11> gains_table{
    {{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {6, 0}, {8, 0}, {12, 0}, {16, 0}, {16, 16}, {8, 1}}};

/// REQUIRES: `row` is one of the table, `fraction` is below 64.
struct model {
  std::uint8_t row = 0;
  std::uint8_t fraction = 0;
  std::int64_t start = 0;
  std::int64_t slope = 0;
  std::uint64_t jump = 0;
};

inline std::uint64_t bits(std::int64_t x) { return static_cast<std::uint64_t>(x); }
inline std::int64_t whole(std::uint64_t x) { return static_cast<std::int64_t>(x); }
inline std::uint64_t magnitude(std::int64_t x) { return x < 0 ? 0 - bits(x) : bits(x); }
inline std::uint64_t zigzag(std::int64_t x) { return (bits(x) << 1u) ^ bits(x >> 63); }
inline std::int64_t unzigzag(std::uint64_t x) { return whole((x >> 1u) ^ (0 - (x & 1u))); }

/// All sums wrap around: a poor prediction costs bytes, never truth.
class forecast {
 public:
  explicit forecast(const model& m)
      : by_(gains_table[m.row]),
        fraction_(m.fraction),
        half_(m.fraction == 0 ? 0 : std::uint64_t{1} << (m.fraction - 1u)),
        start_(bits(m.start)),
        jump_(m.jump),
        slope_(bits(m.slope)),
        next_(0) {}

  std::int64_t next() const { return whole(start_ + bits(whole(next_ + half_) >> fraction_)); }
  void learn(std::int64_t x, std::int64_t residual) {
    auto reached = (bits(x) - start_) << fraction_;
    if (magnitude(residual) > jump_) {
      next_ = reached + slope_;
      return;
    }
    auto error = reached - next_;
    slope_ += bits(whole(error * by_.slope) >> 4);
    next_ += bits(whole(error * by_.level) >> 4) + slope_;
  }

 private:
  gains by_;
  unsigned fraction_;
  std::uint64_t half_;
  std::uint64_t start_;
  std::uint64_t jump_;
  std::uint64_t slope_;
  std::uint64_t next_;  // from the start, with fraction
};

}  // namespace stellwerk::chunk
