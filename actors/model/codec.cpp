#include "actors/model/codec.hpp"

#include <cmath>

namespace stellwerk::json {

namespace bj = boost::json;

void reader::report(std::string code, std::string message, std::string expected) {
  if (++count_ > problems_max) return;
  found_.push_back({path_, std::move(code), std::move(message), std::move(expected)});
}

void wrong_type(const bj::value& in, std::string_view expected, reader& r) {
  auto kind = in.is_number() ? std::string{"a number"} : std::string{bj::to_string(in.kind())};
  r.report("wrong_type", "is " + kind, std::string{expected});
}

bool read_integer(const bj::value& in, std::int64_t& out, reader& r) {
  bj::error_code ec;
  if (!in.is_number()) return wrong_type(in, "an integer", r), false;
  out = in.to_number<std::int64_t>(ec);
  if (!ec) return true;
  r.report("out_of_range", "is no 64-bit integer", "an integer");
  return false;
}

bool read_unsigned(const bj::value& in, std::uint64_t& out, reader& r) {
  bj::error_code ec;
  if (!in.is_number()) return wrong_type(in, "an integer", r), false;
  out = in.to_number<std::uint64_t>(ec);
  if (!ec) return true;
  r.report("out_of_range", "is no unsigned 64-bit integer", "an integer from 0");
  return false;
}

bool read_double(const bj::value& in, double& out, reader& r) {
  if (!in.is_number()) return wrong_type(in, "a number", r), false;
  out = in.to_number<double>();
  return true;
}

bool read_bool(const bj::value& in, bool& out, reader& r) {
  if (!in.is_bool()) return wrong_type(in, "true or false", r), false;
  out = in.get_bool();
  return true;
}

bool read_string(const bj::value& in, std::string& out, reader& r) {
  if (!in.is_string()) return wrong_type(in, "a text", r), false;
  out.assign(in.get_string().data(), in.get_string().size());
  return true;
}

void read_text(
    const bj::value& in, std::string& out, std::size_t min, std::size_t max, charset set, reader& r
) {
  if (!read_string(in, out, r)) return;
  auto length = length_of(out);
  auto range = std::to_string(min) + " to " + std::to_string(max) + " letters";
  if (length < min) return r.report("too_short", "is too short", range);
  if (length > max) return r.report("too_long", "is too long", range);
  if (!allows(set, out))
    r.report("bad_format", "has letters that are not allowed", std::string{describe(set)});
}

void codec<wall_time>::read(const bj::value& in, wall_time& x, reader& r) {
  constexpr auto expected = "RFC 3339, or integer milliseconds since 1970";
  if (in.is_int64() || in.is_uint64()) {
    constexpr std::int64_t year_9999 = 253'402'300'799'999;
    std::int64_t ms = 0;
    if (!read_integer(in, ms, r)) return;
    if (ms < -year_9999 || ms > year_9999)
      return r.report("out_of_range", "is outside the calendar", expected);
    x = wall_time{std::chrono::milliseconds{ms}};
    return;
  }
  if (!in.is_string()) return wrong_type(in, expected, r);
  auto when = time_from({in.get_string().data(), in.get_string().size()});
  if (!when) return r.report("bad_format", "is no time", expected);
  x = *when;
}

void codec<value>::read(const bj::value& in, value& x, reader& r) {
  switch (in.kind()) {
    case bj::kind::bool_:
      x = in.get_bool();
      break;
    case bj::kind::int64:
      x = in.get_int64();
      break;
    case bj::kind::double_:
    case bj::kind::uint64:
      x = in.to_number<double>();
      break;
    case bj::kind::string:
      if (in.get_string().size() > value::text_bytes_max)
        return r.report("too_long", "is too long", "1024 bytes at most");
      x = std::string{in.get_string().data(), in.get_string().size()};
      break;
    default:
      wrong_type(in, "a number, a text, true or false", r);
  }
}

void codec<value>::write(std::string& out, const value& x) {
  if (auto* truth = x.as<bool>())
    out += *truth ? "true" : "false";
  else if (auto* integer = x.as<std::int64_t>())
    out += std::to_string(*integer);
  else if (auto* real = x.as<double>())
    std::isfinite(*real) ? write_number(out, *real) : void(out += "null");
  else if (auto* words = x.as<std::string>())
    write_text(out, *words);
  else
    out += "null";
}

void codec<json_text>::read(const bj::value& in, json_text& x, reader& r) {
  if (!in.is_object()) return wrong_type(in, "an object", r);
  x.text = to_text(in);
  if (x.text.size() > bytes_max)
    r.report("too_long", "is too long", std::to_string(bytes_max) + " bytes at most");
}

std::string lower(std::string_view ascii) {
  std::string out{ascii};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace stellwerk::json
