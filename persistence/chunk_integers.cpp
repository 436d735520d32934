#include "persistence/chunk_integers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "persistence/chunk_forecast.hpp"
#include "persistence/chunk_planes.hpp"

namespace stellwerk::chunk {

namespace {

constexpr unsigned fraction_bits = 16;
constexpr std::int64_t fraction_span_max = std::int64_t{1} << 42u;
constexpr std::size_t tried_min = 256;  // of the column, to choose by
constexpr std::size_t tried_max = 1024;
constexpr unsigned low_bits_max = 56;
constexpr std::uint64_t escape = 255;

/// Count times its logarithm.
const std::array<double, tried_max + 1>& weights() {
  static const auto made = [] {
    std::array<double, tried_max + 1> all{};
    for (std::size_t n = 2; n < all.size(); ++n)
      all[n] = static_cast<double>(n) * std::log2(static_cast<double>(n));
    return all;
  }();
  return made;
}

/// The bits that an ideal code takes for the residuals; large ones by length, their lower bits as
/// they are. REQUIRES: `tried_max` at most.
double cost(std::span<const std::int64_t> column, const model& m) {
  constexpr unsigned exact = 128;
  std::array<std::uint16_t, exact + 65> counts{};
  unsigned lower = 0;
  forecast seen{m};
  for (auto x : column) {
    auto left = whole(bits(x) - bits(seen.next()));
    auto size = zigzag(left);
    auto length = static_cast<unsigned>(std::bit_width(size));
    ++counts[size < exact ? static_cast<std::size_t>(size) : exact + length];
    if (size >= exact) lower += length - 1;
    seen.learn(x, left);
  }
  auto sum = weights()[column.size()] + lower;
  for (auto count : counts) sum -= weights()[count];
  return sum;
}

model best_model(std::span<const std::int64_t> column, const outlook& first) {
  auto [low, high] = std::ranges::minmax(column);
  auto narrow = magnitude(whole(bits(high) - bits(low))) < bits(fraction_span_max);
  auto fraction = narrow ? fraction_bits : 0;
  model best{
      0, static_cast<std::uint8_t>(fraction), first.start,
      first.slope >> (fraction_bits - fraction), first.jump};
  if (!first.learns) return best;
  auto tried = std::clamp(column.size() / 8, tried_min, tried_max);
  auto part = column.first(std::min(column.size(), tried));
  auto least = cost(part, best);
  for (std::uint8_t row = 1; row < gains_table.size(); ++row) {
    auto other = best;
    other.row = row;
    if (auto price = cost(part, other); price * 1.004 < least) {
      least = price;
      best = other;
    }
  }
  return best;
}

/// So many low bits that few residuals need more than a byte above them.
unsigned low_bits_of(const std::vector<std::uint64_t>& residuals) {
  std::array<std::size_t, 65> lengths{};
  for (auto one : residuals) ++lengths[static_cast<std::size_t>(std::bit_width(one))];
  auto wide = std::size_t{0};
  auto bits = 64u;
  while (bits > 8 && (wide += lengths[bits]) <= residuals.size() / 256) --bits;
  return bits - 8;
}

std::size_t low_bytes(std::size_t count, unsigned low_bits) { return (count * low_bits + 7) / 8; }

void write_low_bits(
    byte_writer& out, const std::vector<std::uint64_t>& residuals, unsigned low_bits
) {
  std::uint64_t held = 0;
  unsigned fill = 0;
  for (auto one : residuals) {
    held |= (one & ((std::uint64_t{1} << low_bits) - 1)) << fill;
    for (fill += low_bits; fill >= 8; fill -= 8, held >>= 8u)
      out.byte(static_cast<std::uint8_t>(held));
  }
  if (fill > 0) out.byte(static_cast<std::uint8_t>(held));
}

class low_bits_reader {
 public:
  /// REQUIRES: enough bytes for all that is read.
  low_bits_reader(std::string_view bytes, unsigned low_bits) : bytes_(bytes), low_bits_(low_bits) {}

  std::uint64_t next() {
    for (; fill_ < low_bits_; fill_ += 8, bytes_.remove_prefix(1))
      held_ |= std::uint64_t{static_cast<unsigned char>(bytes_.front())} << fill_;
    auto low = held_ & ((std::uint64_t{1} << low_bits_) - 1);
    held_ >>= low_bits_;
    fill_ -= low_bits_;
    return low;
  }

 private:
  std::string_view bytes_;
  unsigned low_bits_;
  std::uint64_t held_ = 0;
  unsigned fill_ = 0;
};

std::int64_t median(std::vector<std::int64_t> of) {
  auto middle = of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2);
  std::ranges::nth_element(of, middle);
  return *middle;
}

constexpr double fitted_max = 1e9;

/// The slope of a line through points one apart, whose parts may each lie at a height of their own.
class line_fit {
 public:
  void add(double y) {
    x_ += 1;
    sum_x_ += x_;
    sum_xx_ += x_ * x_;
    sum_y_ += y;
    sum_xy_ += x_ * y;
  }
  /// The next point is the first of a part, at 0.
  void end_part() {
    auto count = x_ + 1;
    over_ += sum_xy_ - sum_x_ * sum_y_ / count;
    under_ += sum_xx_ - sum_x_ * sum_x_ / count;
    x_ = sum_x_ = sum_xx_ = sum_y_ = sum_xy_ = 0;
  }
  double slope() const { return under_ > 0 ? over_ / under_ : 0; }

 private:
  double x_ = 0, sum_x_ = 0, sum_xx_ = 0, sum_y_ = 0, sum_xy_ = 0;
  double over_ = 0, under_ = 0;
};

/// Of what is left beside the even steps of `first`, up to the first gap.
std::int64_t middle_of_noise(std::span<const std::int64_t> column, const outlook& first) {
  std::vector<std::int64_t> left;
  forecast seen{{0, fraction_bits, first.start, first.slope, first.jump}};
  for (auto x : column.first(std::min(column.size(), tried_max))) {
    left.push_back(whole(bits(x) - bits(seen.next())));
    if (magnitude(left.back()) > first.jump) break;
    seen.learn(x, left.back());
  }
  return median(std::move(left));
}

void write_model(byte_writer& out, const model& m) {
  out.byte(m.row);
  out.byte(m.fraction);
  out.signed_varint(m.start);
  out.signed_varint(m.slope);
  out.varint(m.jump + 1);
}

bool read_model(byte_reader& in, model& m) {
  m.row = in.byte();
  m.fraction = in.byte();
  m.start = in.signed_varint();
  m.slope = in.signed_varint();
  m.jump = in.varint() - 1;
  return in.good() && m.row < gains_table.size() && m.fraction <= fraction_bits;
}

}  // namespace

outlook even_steps(std::span<const std::int64_t> column) {
  outlook first{column.front()};
  if (column.size() < 2) return first;
  std::vector<std::int64_t> steps;
  for (std::size_t i = 1; i < column.size(); ++i)
    steps.push_back(whole(bits(column[i]) - bits(column[i - 1])));
  auto middle = median(steps);
  first.jump = magnitude(middle) / 2;
  line_fit beside;
  std::int64_t off = 0;  // from even steps since the last gap
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto stray = whole(bits(steps[i]) - bits(middle));
    if (magnitude(stray) > first.jump) {
      beside.end_part();
      off = 0;
    } else {
      off = whole(bits(off) + bits(stray));
      beside.add(static_cast<double>(off));
    }
  }
  beside.end_part();
  auto fitted = std::clamp(beside.slope(), -fitted_max, fitted_max) * (1u << fraction_bits);
  first.slope = whole((bits(middle) << fraction_bits) + bits(std::llround(fitted)));
  first.start = whole(bits(first.start) + bits(middle_of_noise(column, first)));
  return first;
}

void write_integers(byte_writer& out, std::span<const std::int64_t> column, const outlook& first) {
  auto m = best_model(column, first);
  std::vector<std::uint64_t> residuals;
  residuals.reserve(column.size());
  forecast seen{m};
  for (auto x : column) {
    auto left = whole(bits(x) - bits(seen.next()));
    residuals.push_back(zigzag(left));
    seen.learn(x, left);
  }
  auto low_bits = low_bits_of(residuals);
  std::string symbols, wide;
  byte_writer rest{wide};
  for (auto one : residuals) {
    auto high = one >> low_bits;
    symbols += static_cast<char>(std::min(high, escape));
    if (high >= escape) rest.varint(high - escape);
  }
  write_model(out, m);
  out.byte(static_cast<std::uint8_t>(low_bits));
  write_plane(out, symbols, plane::symbols);
  write_low_bits(out, residuals, low_bits);
  out.raw(wide);
}

bool read_integers(byte_reader& in, std::span<std::int64_t> column) {
  model m;
  if (!read_model(in, m)) return false;
  auto low_bits = in.byte();
  if (low_bits > low_bits_max) return false;
  std::string room;
  auto symbols = read_plane(in, column.size(), room);
  low_bits_reader low{in.raw(low_bytes(column.size(), low_bits)), low_bits};
  if (!in.good()) return false;
  forecast seen{m};
  for (std::size_t i = 0; i < column.size(); ++i) {
    auto high = std::uint64_t{static_cast<unsigned char>(symbols[i])};
    if (high == escape) high += in.varint();
    auto left = unzigzag(high << low_bits | low.next());
    column[i] = whole(bits(seen.next()) + bits(left));
    seen.learn(column[i], left);
  }
  return in.good();
}

}  // namespace stellwerk::chunk
