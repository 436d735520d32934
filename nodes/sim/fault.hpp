#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stellwerk::sim {

namespace json = boost::json;

/// How a unit misbehaves. Where a request is not carried out, nothing is written.
enum class fault_kind {
  none,
  silent,             ///< not carried out, no answer
  lost_answer,        ///< carried out, no answer
  slow,               ///< answers after `delay_ms`; what follows on the connection waits
  exception,          ///< not carried out; answers the exception `code`
  reset,              ///< not carried out; resets the connection
  wrong_unit,         ///< carried out; the answer bears the next unit id
  wrong_transaction,  ///< carried out; the answer bears the next transaction id
  cut_short,          ///< carried out; the answer ends after its function code
  garbage,            ///< carried out; bytes that are no Modbus, as many as the answer had
  drip,               ///< answers one byte each `delay_ms`
  late,               ///< a write is carried out after `delay_ms`, no answer; reads are well
};

struct fault_row {
  fault_kind kind;
  std::string_view name;
  bool carries_out;
  std::uint16_t delay_ms;  ///< its default; 0: takes no `delay_ms`
};

inline constexpr std::array fault_table{
    fault_row{fault_kind::none, "none", true, 0},
    fault_row{fault_kind::silent, "silent", false, 0},
    fault_row{fault_kind::lost_answer, "lost_answer", true, 0},
    fault_row{fault_kind::slow, "slow", true, 300},
    fault_row{fault_kind::exception, "exception", false, 0},
    fault_row{fault_kind::reset, "reset", false, 0},
    fault_row{fault_kind::wrong_unit, "wrong_unit", true, 0},
    fault_row{fault_kind::wrong_transaction, "wrong_transaction", true, 0},
    fault_row{fault_kind::cut_short, "short", true, 0},
    fault_row{fault_kind::garbage, "garbage", true, 0},
    fault_row{fault_kind::drip, "drip", true, 100},
    fault_row{fault_kind::late, "late", true, 1000},
};

struct fault {
  fault_kind kind = fault_kind::none;
  std::uint16_t delay_ms = 0;
  std::uint8_t code = 4;  ///< of `exception`

  const fault_row& row() const { return fault_table.at(static_cast<std::size_t>(kind)); }
};

/// What somebody asked for and cannot have; says what would be right.
struct bad_input {
  std::string message;
};

template <class T>
using parsed = boost::system::result<T, bad_input>;

/// `{"kind": name}`, and `delay_ms` 1..60000 where the kind takes one, `code` 1..127 of
/// `exception`.
parsed<fault> parse_fault(const json::object& text);
json::object to_json(const fault& f);

/// `{"port", "unit", ...}` of a command line's `port=15020,unit=2,kind=slow,delay_ms=300`.
parsed<json::object> parse_pairs(std::string_view text);

/// An integer field. Absent: `fallback`.
parsed<std::int64_t> integer_field(
    const json::object& text, std::string_view name, std::int64_t min, std::int64_t max,
    std::int64_t fallback
);

/// Spoils a whole answer frame as `kind` says; the kinds about time leave it as it is.
void spoil(fault_kind kind, std::vector<std::uint8_t>& frame);

}  // namespace stellwerk::sim
