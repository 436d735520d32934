#include "gateway/framing.hpp"

#include <algorithm>
#include <array>

namespace stellwerk::gateway {

namespace {

constexpr auto token_letters = [] {
  std::array<bool, 256> made{};
  for (unsigned char c : std::string_view{"!#$%&'*+-.^_`|~0123456789"}) made[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) made[c] = made[c - 'a' + 'A'] = true;
  return made;
}();
bool is_token_letter(char c) { return token_letters[static_cast<unsigned char>(c)]; }
bool is_token(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, is_token_letter);
}
bool is_visible(char c) { return c > ' ' && c < 0x7f; }
/// Of a field's value: no controls but HTAB. Bytes above 0x7f are opaque (obs-text).
bool is_value_letter(char c) {
  return (c == '\t') | (static_cast<unsigned char>(c) >= 0x80) | ((c >= ' ') & (c != 0x7f));
}
/// Looks at all of them, many at a time: nearly every value is good.
bool is_value(std::string_view text) {
  bool good = true;
  for (char c : text) good &= is_value_letter(c);
  return good;
}

/// `name` is in lower case.
bool is(std::string_view given, std::string_view name) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return given.size() == name.size() &&
         std::ranges::equal(given, name, [=](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes one line and its CRLF from the front; a bare CR or LF within is left for the checks.
std::string_view take_line(std::string_view& text) {
  auto end = text.find("\r\n");
  auto line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

std::optional<http_errc> request_line_fault(std::string_view line) {
  auto first = line.find(' ');
  auto last = line.rfind(' ');
  if (first == line.npos || first == last) return http_errc::bad_request;
  auto target = line.substr(first + 1, last - first - 1);
  auto version = line.substr(last + 1);
  if (!is_token(line.substr(0, first)) || !std::ranges::all_of(target, is_visible))
    return http_errc::bad_request;
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return {};
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  bool other = version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) &&
               version[6] == '.' && digit(version[7]);
  return other ? http_errc::version_unknown : http_errc::bad_request;
}

struct lengths {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
};

std::optional<http_errc> field_fault(std::string_view line, lengths& seen) {
  auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) return http_errc::bad_request;
  auto value = trimmed(line.substr(colon + 1));
  if (!is_value(value)) return http_errc::bad_request;
  auto name = line.substr(0, colon);
  if (is(name, "host")) ++seen.hosts;
  if (is(name, "content-length") && (!is_length(value) || ++seen.lengths > 1))
    return http_errc::bad_request;
  if (!is(name, "transfer-encoding")) return {};
  if (++seen.codings > 1) return http_errc::bad_request;
  if (!is(value, "chunked")) return http_errc::method_unknown;
  return {};
}

}  // namespace

bool is_length(std::string_view value) {
  return !value.empty() && value.size() <= 18 &&
         std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t head_end(std::string_view bytes) {
  auto at = bytes.find("\r\n\r\n");
  return at == bytes.npos ? at : at + 4;
}

bool is_hopeless(std::string_view unfinished) {
  for (auto at = unfinished.find('\n'); at != unfinished.npos; at = unfinished.find('\n', at + 1))
    if (at == 0 || unfinished[at - 1] != '\r') return true;
  return unfinished.find('\0') != unfinished.npos;
}

bool to_origin_form(std::string& target, std::string_view host, http_method method) {
  if (target.starts_with('/')) return true;
  if (target == "*") return method == http_method::options;
  std::string_view rest{target};
  auto scheme = rest.find("://");
  if (scheme == rest.npos ||
      (rest.substr(0, scheme) != "http" && rest.substr(0, scheme) != "https"))
    return false;
  rest.remove_prefix(scheme + 3);
  auto slash = std::min(rest.find('/'), rest.size());
  if (rest.substr(0, slash) != host) return false;
  auto path = rest.substr(slash);
  target = path.empty() ? "/" : std::string{path};
  return true;
}

std::optional<http_errc> framing_fault(std::string_view head) {
  auto line = take_line(head);
  bool is_1_0 = line.ends_with("HTTP/1.0");
  if (auto fault = request_line_fault(line)) return fault;
  lengths seen;
  for (line = take_line(head); !line.empty(); line = take_line(head))
    if (auto fault = field_fault(line, seen)) return fault;
  if (seen.hosts > 1 || (seen.hosts == 0 && !is_1_0)) return http_errc::bad_request;
  if (seen.codings > 0 && (seen.lengths > 0 || is_1_0)) return http_errc::bad_request;
  return {};
}

}  // namespace stellwerk::gateway
