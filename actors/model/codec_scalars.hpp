#pragma once

#include <boost/json/value.hpp>
#include <limits>
#include <string>
#include <utility>

#include "actors/model/bounded.hpp"
#include "actors/model/json.hpp"
#include "actors/model/time.hpp"
#include "actors/model/value.hpp"

/// The single values of JSON: how each is read, written, told as a schema, and required.
namespace stellwerk::json {

/// Collects problems while a value is read, and knows where in the document it is. At most
/// `problems_max` are kept: the first ones help, the ten-thousandth does not.
class reader {
 public:
  static constexpr std::size_t problems_max = 100;

  void report(std::string code, std::string message, std::string expected);
  problems take() { return std::move(found_); }
  std::size_t count() const { return count_; }

  /// Runs `f` with `name` (a member) or `[index]` appended to the path.
  template <class F>
  void inside(std::string_view name, F&& f) {
    auto length = path_.size();
    if (!path_.empty()) path_ += '.';
    path_ += name;
    f();
    path_.resize(length);
  }
  template <class F>
  void inside(std::size_t index, F&& f) {
    auto length = path_.size();
    path_ += '[' + std::to_string(index) + ']';
    f();
    path_.resize(length);
  }

 private:
  std::string path_;
  problems found_;
  std::size_t count_ = 0;
};

/// How one type is read, written, told (JSON schema) and required. Specialise for a new type.
template <class T>
struct codec;

/// A field of this type is neither read from nor written to JSON: it is set by the server.
template <class T>
inline constexpr bool hidden = false;

template <class T>
void read(const boost::json::value& in, T& out, reader& r) {
  codec<T>::read(in, out, r);
}
template <class T>
void write(std::string& out, const T& x) {
  codec<T>::write(out, x);
}
template <class T>
std::string encode(const T& x) {
  std::string out;
  codec<T>::write(out, x);
  return out;
}
/// Reads `text` into `out`; empty if all is well. `out` is unspecified otherwise.
template <class T>
problems decode(std::string_view text, T& out, const limits& max = {}) {
  problem why;
  auto parsed = parse(text, why, max);
  if (!parsed) return {std::move(why)};
  reader r;
  codec<T>::read(*parsed, out, r);
  return r.take();
}
/// JSON schema (2020-12) of T.
template <class T>
std::string schema() {
  std::string out;
  codec<T>::schema(out);
  return out;
}

/// True if an absent member may keep the default that `x` still has.
template <class T>
bool may_be_absent(const T& x) {
  if constexpr (requires { codec<T>::absent_ok(x); })
    return codec<T>::absent_ok(x);
  else
    return true;
}

// Non-template halves, so that headers stay cheap.
bool read_integer(const boost::json::value& in, std::int64_t& out, reader& r);
bool read_unsigned(const boost::json::value& in, std::uint64_t& out, reader& r);
bool read_double(const boost::json::value& in, double& out, reader& r);
bool read_bool(const boost::json::value& in, bool& out, reader& r);
bool read_string(const boost::json::value& in, std::string& out, reader& r);
void read_text(
    const boost::json::value& in, std::string& out, std::size_t min, std::size_t max, charset set,
    reader& r
);
void wrong_type(const boost::json::value& in, std::string_view expected, reader& r);
std::string lower(std::string_view ascii);

template <>
struct codec<bool> {
  static void read(const boost::json::value& in, bool& x, reader& r) { read_bool(in, x, r); }
  static void write(std::string& out, bool x) { out += x ? "true" : "false"; }
  static void schema(std::string& out) { out += R"({"type":"boolean"})"; }
};

template <std::integral Int>
struct codec<Int> {
  static void read(const boost::json::value& in, Int& x, reader& r) {
    using limit = std::numeric_limits<Int>;
    if constexpr (std::is_signed_v<Int>) {
      std::int64_t wide = 0;
      if (!read_integer(in, wide, r)) return;
      if (std::in_range<Int>(wide)) return void(x = static_cast<Int>(wide));
    } else {
      std::uint64_t wide = 0;
      if (!read_unsigned(in, wide, r)) return;
      if (std::in_range<Int>(wide)) return void(x = static_cast<Int>(wide));
    }
    auto range = std::to_string(limit::min()) + " to " + std::to_string(limit::max());
    r.report("out_of_range", "outside the limits", "an integer from " + range);
  }
  static void write(std::string& out, Int x) { out += std::to_string(x); }
  static void schema(std::string& out) { out += R"({"type":"integer"})"; }
};

template <class Int, Int Min, Int Max>
struct codec<bounded<Int, Min, Max>> {
  static void read(const boost::json::value& in, bounded<Int, Min, Max>& x, reader& r) {
    std::int64_t wide = 0;
    if (!in.is_int64() && !in.is_uint64() && !in.is_double()) return wrong_type(in, expected(), r);
    auto before = r.count();
    if (!read_integer(in, wide, r)) return;
    if (r.count() != before) return;
    if (!std::in_range<Int>(wide) || !bounded<Int, Min, Max>::fits(static_cast<Int>(wide)))
      return r.report("out_of_range", "outside the limits", expected());
    x = bounded<Int, Min, Max>::clamped(static_cast<Int>(wide));
  }
  static void write(std::string& out, bounded<Int, Min, Max> x) { out += std::to_string(Int{x}); }
  static void schema(std::string& out) {
    out += R"({"type":"integer","minimum":)" + std::to_string(Min) + R"(,"maximum":)" +
           std::to_string(Max) + '}';
  }
  static std::string expected() {
    return "an integer from " + std::to_string(Min) + " to " + std::to_string(Max);
  }
};

template <>
struct codec<double> {
  static void read(const boost::json::value& in, double& x, reader& r) { read_double(in, x, r); }
  static void write(std::string& out, double x) { write_number(out, x); }
  static void schema(std::string& out) { out += R"({"type":"number"})"; }
};

template <>
struct codec<std::string> {
  static void read(const boost::json::value& in, std::string& x, reader& r) {
    read_string(in, x, r);
  }
  static void write(std::string& out, const std::string& x) { write_text(out, x); }
  static void schema(std::string& out) { out += R"({"type":"string"})"; }
};

template <std::size_t Min, std::size_t Max, charset Letters>
struct codec<text<Min, Max, Letters>> {
  using type = text<Min, Max, Letters>;
  static void read(const boost::json::value& in, type& x, reader& r) {
    std::string content;
    read_text(in, content, Min, Max, Letters, r);
    x = type{std::move(content)};
  }
  static void write(std::string& out, const type& x) { write_text(out, x.str()); }
  static void schema(std::string& out) {
    out += R"({"type":"string","minLength":)" + std::to_string(Min) + R"(,"maxLength":)" +
           std::to_string(Max);
    if (Letters == charset::name) out += R"(,"pattern":"^[A-Za-z0-9_-]*$")";
    if (Letters == charset::dotted) out += R"(,"pattern":"^[A-Za-z0-9_.-]*$")";
    if (Letters == charset::user) out += R"(,"pattern":"^[A-Za-z0-9_]*$")";
    out += '}';
  }
  static bool absent_ok(const type& x) { return Min == 0 || !x.empty(); }
};

template <>
struct codec<wall_time> {
  static void read(const boost::json::value& in, wall_time& x, reader& r);
  static void write(std::string& out, wall_time x) {
    out += '"';
    append_text(out, x);
    out += '"';
  }
  static void schema(std::string& out) { out += R"({"type":"string","format":"date-time"})"; }
};

template <>
struct codec<value> {
  static void read(const boost::json::value& in, value& x, reader& r);
  static void write(std::string& out, const value& x);
  static void schema(std::string& out) { out += R"({"type":["number","boolean","string"]})"; }
  static bool absent_ok(const value& x) { return !x.empty(); }
};

template <>
struct codec<json_text> {
  static constexpr std::size_t bytes_max = 65'536;
  static void read(const boost::json::value& in, json_text& x, reader& r);
  static void write(std::string& out, const json_text& x) { out += x.text.empty() ? "{}" : x.text; }
  static void schema(std::string& out) { out += R"({"type":"object"})"; }
};

}  // namespace stellwerk::json
