#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "actors/model/devices.hpp"

/// How a value lies in a Modbus unit: where, as what type, in which order.
namespace stellwerk {

enum class register_table : std::uint8_t { holding, input, coil, discrete };
BOOST_DESCRIBE_ENUM(register_table, holding, input, coil, discrete)
enum class raw_type : std::uint8_t {
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float32,
  float64,
  bit,
  string
};
BOOST_DESCRIBE_ENUM(
    raw_type, int16, uint16, int32, uint32, int64, uint64, float32, float64, bit, string
)
enum class endian : std::uint8_t { big, little };
BOOST_DESCRIBE_ENUM(endian, big, little)

/// Counts from 0, as on the wire. There is no default: an address without one is refused.
struct register_number {
  using limits = bounded<std::int32_t, 0, 65'535>;
  std::int32_t value = -1;

  friend bool operator==(register_number, register_number) = default;
};

/// A Modbus channel's `address`.
struct register_address {
  register_table table = register_table::holding;
  register_number register_;
  std::optional<raw_type> type;  // absent: uint16, and bit in the tables of bits
  endian word_order = endian::big;
  endian byte_order = endian::big;
  std::optional<bounded<std::uint16_t, 0, 15>> bit;      // of type bit in a register
  std::optional<bounded<std::uint16_t, 1, 125>> length;  // of a string: registers, 2 bytes each
};
BOOST_DESCRIBE_STRUCT(
    register_address, (), (table, register_, type, word_order, byte_order, bit, length)
)

/// What lies in registers, before any scaling. A float32 is widened.
using raw_value = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;

/// In one read, by the Modbus application protocol V1.1b3, sections 6.1 to 6.4.
constexpr std::uint16_t registers_max = 125;
constexpr std::uint16_t bits_max = 2000;

bool holds_bits(register_table table);
/// The type, or the table's default.
raw_type type_of(const register_address& where);
/// Registers, or bits in the tables of bits, that one value takes.
std::uint16_t size_of(const register_address& where);

/// `words` are `size_of(where)` registers, or one bit each. Empty if that is no value: NaN,
/// infinity, text that is not UTF-8.
std::optional<raw_value> decode(
    const register_address& where, std::span<const std::uint16_t> words
);

/// The inverse; a text is filled up with NUL. Empty if `what` does not fit the type exactly enough:
/// beyond its range, a fraction in an integer, a text too long, a bit of a register (that needs the
/// other fifteen).
std::optional<std::vector<std::uint16_t>> encode(
    const register_address& where, const raw_value& what
);

}  // namespace stellwerk

namespace stellwerk::json {

template <>
struct codec<register_number> {
  using limits = register_number::limits;
  static void read(const boost::json::value& in, register_number& x, reader& r) {
    limits number;
    codec<limits>::read(in, number, r);
    x.value = number;
  }
  static void write(std::string& out, register_number x) { out += std::to_string(x.value); }
  static void schema(std::string& out) { codec<limits>::schema(out); }
  static bool absent_ok(register_number x) { return x.value >= 0; }
};

}  // namespace stellwerk::json
