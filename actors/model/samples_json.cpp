#include "actors/model/samples_json.hpp"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>

#include "actors/model/codec.hpp"

namespace stellwerk::json {

namespace {

namespace bj = boost::json;
using error_code = boost::system::error_code;

constexpr std::size_t samples_max = codec<std::vector<pushed_sample>>::size_max;
constexpr std::int64_t year_2100_ms = 4'102'444'800'000;  // later is possible, not usual

template <std::size_t Min, std::size_t Max, charset Letters>
bool read(std::string_view in, text<Min, Max, Letters>& out) {
  auto length = length_of(in);
  if (length < Min || length > Max || !allows(Letters, in)) return false;
  out = text<Min, Max, Letters>{std::string{in}};
  return true;
}

bool read(std::string_view in, std::optional<wall_time>& out) {
  out = time_from(in);
  return out.has_value();
}

bool read(std::string_view in, value& out) {
  if (in.size() > value::text_bytes_max) return false;
  out = std::string{in};
  return true;
}

bool read(std::string_view in, std::optional<quality>& out) {
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<quality>>([&](auto one) {
    if (in == one.name) out = one.value;
  });
  return out.has_value();
}

class batch_handler {
 public:
  static constexpr std::size_t max_object_size = 4;
  static constexpr std::size_t max_array_size = samples_max;
  static constexpr std::size_t max_key_size = 16;
  static constexpr std::size_t max_string_size = 4096;

  void fill(post_samples& out) { out_ = &out; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) {
    seen_ = 0;
    if (in_ == place::outside) return go(place::body);
    if (in_ != place::list) return unusual(ec);
    out_->samples.emplace_back();
    return go(place::sample);
  }
  bool on_object_end(std::size_t, error_code& ec) {
    if (in_ == place::body) return go(place::outside);
    const auto needed = bit(member::channel) | bit(member::value);
    return (seen_ & needed) == needed ? go(place::list) : unusual(ec);
  }
  bool on_array_begin(error_code& ec) {
    if (in_ != place::body || at_ != member::samples) return unusual(ec);
    seen_in_body_ = seen_;
    return go(place::list);
  }
  bool on_array_end(std::size_t, error_code&) {
    seen_ = seen_in_body_;
    return go(place::body);
  }
  bool on_key_part(std::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_key(std::string_view part, std::size_t, error_code& ec) {
    auto name = whole(part);
    for (auto& [known, of, which] : members)
      if (known == name && of == in_ && (seen_ & bit(which)) == 0) {
        at_ = which;
        seen_ |= bit(which);
        return true;
      }
    return unusual(ec);
  }

  bool on_string_part(std::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_string(std::string_view part, std::size_t, error_code& ec) {
    auto content = whole(part);
    if (content.find('\0') != content.npos) return unusual(ec);
    return read_text(content) || unusual(ec);
  }
  bool on_number_part(std::string_view part, error_code&) { return keep(part); }
  bool on_int64(std::int64_t x, std::string_view, error_code& ec) {
    text_.clear();
    if (in_ == place::sample && at_ == member::value) return set(newest().value, x);
    if (in_ == place::sample && at_ == member::time && x >= 0 && x < year_2100_ms)
      return set(newest().time, wall_time{std::chrono::milliseconds{x}});
    return x >= 0 ? on_uint64(static_cast<std::uint64_t>(x), {}, ec) : unusual(ec);
  }
  bool on_uint64(std::uint64_t x, std::string_view, error_code& ec) {
    text_.clear();
    if (in_ == place::body && at_ == member::epoch) return set(out_->epoch, x);
    if (in_ == place::body && at_ == member::seq) return set(out_->seq, x);
    return unusual(ec);
  }
  bool on_double(double, std::string_view part, error_code& ec) {
    auto digits = whole(part);
    double exact = 0;
    auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
    auto fraction = digits.find_first_of(".eE") != digits.npos;
    if (in_ != place::sample || at_ != member::value || read.ec != std::errc{} || !fraction)
      return unusual(ec);
    return set(newest().value, exact);
  }
  bool on_bool(bool x, error_code& ec) {
    if (in_ != place::sample || at_ != member::value) return unusual(ec);
    return set(newest().value, x);
  }
  bool on_null(error_code& ec) {  // as if the member were absent, where it may be
    auto optional = in_ == place::sample ? at_ == member::time || at_ == member::quality
                                         : in_ == place::body && at_ != member::samples;
    return optional || unusual(ec);
  }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  enum class place : std::uint8_t { outside, body, list, sample };
  enum class member : std::uint8_t { source, epoch, seq, samples, channel, time, value, quality };
  struct row {
    std::string_view name;
    place of;
    member which;
  };
  static constexpr std::array members{
      row{"channel", place::sample, member::channel},
      row{"time", place::sample, member::time},
      row{"value", place::sample, member::value},
      row{"quality", place::sample, member::quality},
      row{"source", place::body, member::source},
      row{"epoch", place::body, member::epoch},
      row{"seq", place::body, member::seq},
      row{"samples", place::body, member::samples},
  };
  static constexpr unsigned bit(member which) { return 1u << static_cast<unsigned>(which); }

  bool read_text(std::string_view content) {
    if (in_ == place::body) return at_ == member::source && read(content, out_->source.emplace());
    if (in_ != place::sample) return false;
    auto& now = newest();
    if (at_ == member::channel) return read(content, now.channel);
    if (at_ == member::time) return read(content, now.time);
    if (at_ == member::value) return read(content, now.value);
    return at_ == member::quality && read(content, now.quality);
  }

  bool go(place next) {
    in_ = next;
    return true;
  }
  bool keep(std::string_view part) {
    text_ += part;
    return true;
  }
  /// With the parts before it; good until the next part.
  std::string_view whole(std::string_view part) {
    if (text_.empty()) return part;
    whole_ = std::exchange(text_, {}).append(part);
    return whole_;
  }
  template <class Field, class T>
  static bool set(Field& field, T x) {
    field = x;
    return true;
  }
  static bool unusual(error_code& ec) {
    ec = bj::error::syntax;
    return false;
  }
  pushed_sample& newest() { return out_->samples.back(); }

  post_samples* out_ = nullptr;
  place in_ = place::outside;
  member at_ = member::source;
  unsigned seen_ = 0;  // members of the object that is being read
  unsigned seen_in_body_ = 0;
  std::string text_;
  std::string whole_;
};

/// With their numbers, from 1.
std::vector<std::pair<std::size_t, std::string_view>> lines_of(std::string_view text) {
  std::vector<std::pair<std::size_t, std::string_view>> found;
  for (std::size_t number = 1; !text.empty() && found.size() <= samples_max; ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(" \t\r") != line.npos) found.emplace_back(number, line);
  }
  return found;
}

/// Empty if `line` is a sample.
std::string problem_of(std::string_view line, pushed_sample& out) {
  problem malformed;
  auto parsed = parse(line, malformed);
  if (!parsed) return malformed.message;
  reader found;
  codec<pushed_sample>::read(*parsed, out, found);
  auto all = found.take();
  return all.empty() ? std::string{} : all.front().path + ' ' + all.front().message;
}

}  // namespace

bool read_plain(std::string_view text, post_samples& out) {
  if (text.size() > limits{}.bytes) return false;
  out = {};
  bj::basic_parser<batch_handler> parser{{}};
  parser.handler().fill(out);
  error_code ec;
  auto used = parser.write_some(false, text.data(), text.size(), ec);
  return !ec && used == text.size() && parser.done();
}

void read_lines(std::string_view text, post_samples& out) {
  out = {};
  std::string batch;
  post_samples one;
  for (auto& [number, line] : lines_of(text)) {
    auto& taken = out.samples.emplace_back();
    batch.assign(R"({"samples":[)").append(line).append("]}");
    if (read_plain(batch, one) && one.samples.size() == 1 && !one.source && !one.seq) {
      taken = std::move(one.samples.front());
      continue;
    }
    auto why = problem_of(line, taken);
    if (why.empty()) continue;
    taken = {};
    auto index = static_cast<std::uint32_t>(out.samples.size() - 1);
    out.broken.push_back({index, "line " + std::to_string(number) + ": " + why});
  }
}

problems take_columns(post_samples& out) {
  if (!out.channel && out.times.empty() && out.values.empty()) return {};
  problems found;
  if (!out.channel)
    found.push_back({"channel", "required", "is missing", "a channel beside `times` and `values`"});
  if (!out.samples.empty())
    found.push_back({"samples", "conflict", "there are columns, too", "one of the two"});
  if (out.times.size() != out.values.size())
    found.push_back({"values", "out_of_range", "not as many as times", "a value for each time"});
  if (!found.empty()) return found;
  out.samples.reserve(out.values.size());
  for (std::size_t i = 0; i < out.values.size(); ++i)
    out.samples.push_back({*out.channel, out.times[i], std::move(out.values[i]), {}});
  return {};
}

}  // namespace stellwerk::json
