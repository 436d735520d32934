#include "actors/model/json.hpp"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <vector>

namespace stellwerk::json {

namespace {

namespace bj = boost::json;
using error_code = boost::system::error_code;

/// Builds a value, with what Boost's own builder forgives made an error: duplicate members, NUL,
/// inexact or overflowing numbers.
class strict_handler {
 public:
  static constexpr std::size_t max_object_size = 100'000;
  static constexpr std::size_t max_array_size = 1'000'000;
  static constexpr std::size_t max_key_size = 1024;
  static constexpr std::size_t max_string_size = 1'048'576;

  bool on_document_begin(error_code&) {
    stack_.reset();
    return true;
  }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t n, error_code& ec) {
    auto& keys = keys_.back();
    std::ranges::sort(keys);
    auto twice = std::ranges::adjacent_find(keys);
    if (twice != keys.end()) return refuse("duplicate", "a member stands twice: " + *twice, ec);
    keys_.pop_back();
    stack_.push_object(n);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t n, error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_key_part(std::string_view part, std::size_t, error_code&) {
    text_ += part;
    return true;
  }
  bool on_key(std::string_view part, std::size_t, error_code& ec) {
    text_ += part;
    if (text_.find('\0') != text_.npos) return refuse("bad_json", "NUL in a name", ec);
    stack_.push_key(text_);
    keys_.back().push_back(std::move(text_));
    text_.clear();
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, error_code&) {
    text_ += part;
    return true;
  }
  bool on_string(std::string_view part, std::size_t, error_code& ec) {
    text_ += part;
    if (text_.find('\0') != text_.npos) return refuse("bad_json", "NUL in a text", ec);
    stack_.push_string(text_);
    text_.clear();
    return true;
  }
  bool on_number_part(std::string_view part, error_code&) {
    text_ += part;
    return true;
  }
  bool on_int64(std::int64_t x, std::string_view, error_code&) {
    text_.clear();
    stack_.push_int64(x);
    return true;
  }
  bool on_uint64(std::uint64_t x, std::string_view, error_code&) {
    text_.clear();
    stack_.push_uint64(x);
    return true;
  }
  bool on_double(double near, std::string_view part, error_code& ec) {
    text_ += part;
    double exact = 0;
    auto [end, bad] = std::from_chars(text_.data(), text_.data() + text_.size(), exact);
    auto whole = text_.find_first_of(".eE") == text_.npos;
    if (bad == std::errc::result_out_of_range && std::abs(near) < 1) {  // nearest to it is zero
      exact = text_.front() == '-' ? -0.0 : 0.0;
      bad = {};
    }
    if (bad != std::errc{} || whole || !std::isfinite(exact))
      return refuse("out_of_range", "a number is too large", ec);
    text_.clear();
    stack_.push_double(exact);
    return true;
  }
  bool on_bool(bool x, error_code&) {
    stack_.push_bool(x);
    return true;
  }
  bool on_null(error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

  bj::value release() { return stack_.release(); }
  const problem& why() const { return why_; }

 private:
  bool refuse(const char* code, std::string message, error_code& ec) {
    why_ = {"", code, std::move(message), "JSON by RFC 8259"};
    ec = bj::error::syntax;
    return false;
  }

  bj::value_stack stack_;
  std::vector<std::vector<std::string>> keys_;
  std::string text_;
  problem why_;
};

}  // namespace

std::optional<bj::value> parse(std::string_view text, problem& why, const limits& max) {
  if (text.size() > max.bytes) {
    why = {"", "too_long", "the text is too long", std::to_string(max.bytes) + " bytes at most"};
    return {};
  }
  bj::parse_options options;
  options.max_depth = max.depth;
  bj::basic_parser<strict_handler> parser{options};
  error_code ec;
  auto used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && (used < text.size() || !parser.done())) ec = bj::error::extra_data;
  if (!ec) return parser.handler().release();
  why = parser.handler().why();
  if (why.code.empty())
    why = {"", "bad_json", "not JSON at byte " + std::to_string(used), "JSON by RFC 8259"};
  return {};
}

static constexpr auto special_bytes = [] {
  std::array<bool, 256> made{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) made[byte] = true;
  made['"'] = made['\\'] = made[0x7f] = true;
  return made;
}();

void write_text(std::string& out, std::string_view utf8) {
  constexpr std::string_view hex = "0123456789abcdef";
  auto is_special = [](char c) { return special_bytes[static_cast<unsigned char>(c)]; };
  out += '"';
  for (auto rest = utf8.begin(); rest != utf8.end();) {
    auto special = std::find_if(rest, utf8.end(), is_special);
    out.append(rest, special);
    if (special == utf8.end()) break;
    rest = special + 1;
    auto byte = static_cast<unsigned char>(*special);
    if (*special == '"' || *special == '\\') {
      out += '\\';
      out += *special;
    } else if (*special == '\n') {
      out += "\\n";
    } else {
      out += "\\u00";
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  out += '"';
}

void write_number(std::string& out, double finite) {
  std::array<char, 32> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), finite).ptr;
  std::string_view digits{text.data(), end};
  out += digits;
  if (digits.find_first_of(".e") == digits.npos) out += ".0";  // stays a double when read again
}

void write(std::string& out, const bj::value& in) {
  switch (in.kind()) {
    case bj::kind::null:
      out += "null";
      break;
    case bj::kind::bool_:
      out += in.get_bool() ? "true" : "false";
      break;
    case bj::kind::int64:
      out += std::to_string(in.get_int64());
      break;
    case bj::kind::uint64:
      out += std::to_string(in.get_uint64());
      break;
    case bj::kind::double_:
      write_number(out, in.get_double());
      break;
    case bj::kind::string:
      write_text(out, in.get_string());
      break;
    case bj::kind::array: {
      out += '[';
      for (auto separator = ""; auto& element : in.get_array()) {
        out += separator;
        separator = ",";
        write(out, element);
      }
      out += ']';
      break;
    }
    case bj::kind::object: {
      out += '{';
      for (auto separator = ""; auto& member : in.get_object()) {
        out += separator;
        separator = ",";
        write_text(out, member.key());
        out += ':';
        write(out, member.value());
      }
      out += '}';
      break;
    }
  }
}

std::string to_text(const bj::value& in) {
  std::string out;
  write(out, in);
  return out;
}

void merge(bj::value& target, const bj::value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target.emplace_object();
  auto& into = target.get_object();
  for (auto& member : patch.get_object()) {
    if (member.value().is_null())
      into.stable_erase(member.key());
    else
      merge(into[member.key()], member.value());
  }
}

}  // namespace stellwerk::json
