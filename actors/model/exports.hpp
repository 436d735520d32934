#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/samples.hpp"

/// Raw samples as text for other programs, a piece at a time.
namespace stellwerk {

/// `csv`: RFC 4180 with the header `timestamp,channel,value,unit,quality`; a text that a
/// spreadsheet would take for a formula begins with an apostrophe. `ndjson`: a sample a line, as it
/// may be posted.
enum class export_format : std::uint8_t { csv, ndjson };
BOOST_DESCRIBE_ENUM(export_format, csv, ndjson)

/// What a file begins with.
inline std::string_view export_header(export_format format) {
  return format == export_format::csv ? "timestamp,channel,value,unit,quality\r\n" : "";
}

/// A piece has whole lines, and ends with the one that makes it this long, or as many.
inline constexpr std::size_t export_piece_bytes = 512 << 10;
inline constexpr std::uint32_t export_piece_lines = 8'192;

struct exported_channel {
  std::uint32_t series = 0;
  std::string name;  // device/channel
  std::string unit;
};
BOOST_DESCRIBE_STRUCT(exported_channel, (), (series, name, unit))

/// Samples with from ≤ time < to, ascending by time, after `skip` of the first millisecond. The
/// first piece of an export `begins` it: that is in the journal before anything is told.
struct export_samples {
  context_ptr context;
  bool begins = true;
  std::vector<exported_channel> channels;
  export_format format = export_format::csv;
  wall_time from{};
  wall_time to{};
  std::uint32_t skip = 0;
};
BOOST_DESCRIBE_STRUCT(export_samples, (), (context, begins, channels, format, from, to, skip))
struct export_piece {
  std::string text;
  std::uint32_t lines = 0;
  bool more = false;
  wall_time next{};  // where the next piece begins
  std::uint32_t skip = 0;
};
BOOST_DESCRIBE_STRUCT(export_piece, (), (text, lines, more, next, skip))

}  // namespace stellwerk
