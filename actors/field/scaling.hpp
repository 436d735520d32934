#pragma once

#include <optional>
#include <variant>

#include "actors/field/registers.hpp"
#include "actors/model/devices.hpp"

/// From raw values to engineering ones and back, by a channel's scaling, type and range.
namespace stellwerk {

struct reading {
  stellwerk::value value;
  stellwerk::quality quality = quality::good;  // substituted if the clamp acted
};

/// What of a channel makes its values from raw ones.
struct conversion {
  conversion(const channel& of);

  value_type type;
  stellwerk::scaling scaling;
  double least;  // infinite without a min
  double most;
};

/// Empty if `raw` is none of the channel's type: a number beyond it, the result not finite. Integer
/// channels round to nearest.
std::optional<reading> engineering(const raw_value& raw, const conversion& by);

enum class unwritable : std::uint8_t { wrong_type, out_of_range, not_representable };
BOOST_DESCRIBE_ENUM(unwritable, wrong_type, out_of_range, not_representable)

/// The exact inverse, rounded to the raw type. `out_of_range`: outside the channel's min..max;
/// `not_representable`: no raw value of that type is near.
std::variant<raw_value, unwritable> raw_of(const value& what, const channel& by, raw_type type);

/// How far a reading may lie from the value that was written and still be it: half a raw step,
/// in engineering units.
double half_step(const value& written, const channel& by, raw_type type);

/// Paths are relative to the channel: `scaling.divisor`.
problems check_scaling(const channel& of);

}  // namespace stellwerk
