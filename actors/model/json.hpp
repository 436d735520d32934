#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "actors/model/error.hpp"

namespace stellwerk {

/// JSON as it came, checked and compact: what only its owner understands (a driver's settings).
struct json_text {
  std::string text;

  friend bool operator==(const json_text&, const json_text&) = default;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, json_text& x) {
    return f(x.text);
  }
};

namespace json {

struct limits {
  std::size_t bytes = 1'048'576;
  std::size_t depth = 32;
};

/// RFC 8259 and nothing else: duplicate members, lone surrogates, invalid UTF-8, NUL in a text,
/// numbers beyond their type, depth and size beyond `max` are refused. Doubles are exact to the
/// last bit. Empty with `why` set if refused.
std::optional<boost::json::value> parse(
    std::string_view text, problem& why, const limits& max = {}
);

/// Compact JSON. Doubles in their shortest exact form, always told from integers (3.0). REQUIRES:
/// finite numbers.
void write(std::string& out, const boost::json::value& in);
void write_text(std::string& out, std::string_view utf8);
void write_number(std::string& out, double finite);
std::string to_text(const boost::json::value& in);

/// RFC 7396: members of `patch` replace those of `target`, null removes, objects merge.
void merge(boost::json::value& target, const boost::json::value& patch);

}  // namespace json
}  // namespace stellwerk
