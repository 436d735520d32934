#include "gateway/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace stellwerk::gateway {

namespace bj = boost::json;

namespace {

constexpr std::size_t parameters_max = 100;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Unicode 15 table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    auto first = byte(i);
    std::size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || i + more >= text.size()) return false;
    for (std::size_t j = i + 1; j <= i + more; ++j)
      if (byte(j) < 0x80 || byte(j) > 0xbf) return false;
    if ((first == 0xe0 && byte(i + 1) < 0xa0) || (first == 0xed && byte(i + 1) > 0x9f) ||
        (first == 0xf0 && byte(i + 1) < 0x90) || (first == 0xf4 && byte(i + 1) > 0x8f))
      return false;
    i += more + 1;
  }
  return true;
}

template <class Number>
std::optional<Number> whole(const std::string& text) {
  Number made{};
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), made);
  if (bad != std::errc{} || end != text.data() + text.size()) return {};
  return made;
}

bool is_digits(const std::string& text) {
  auto from = text.begin() + (text.starts_with('-') ? 1 : 0);
  return from != text.end() &&
         std::all_of(from, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Text that is not of its kind stays text: the decoder says what it wanted instead.
bj::value value_of(const std::string& text, text_kind kind) {
  if (kind == text_kind::boolean && (text == "true" || text == "false")) return text == "true";
  bool number = kind == text_kind::integer || kind == text_kind::number ||
                (kind == text_kind::time && is_digits(text));
  if (number) {
    if (auto made = whole<std::int64_t>(text)) return *made;
    if (auto made = whole<std::uint64_t>(text)) return *made;
    if (auto made = whole<double>(text); made && std::isfinite(*made)) return *made;
  }
  return bj::string{text};
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
  std::string made;
  made.reserve(text.size());
  auto first = std::min(text.find_first_of("%+"), text.size());
  made += text.substr(0, first);
  for (std::size_t i = first; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      made += ' ';
      continue;
    }
    if (text[i] != '%') {
      made += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return {};
    auto high = digit_of(text[i + 1]);
    auto low = digit_of(text[i + 2]);
    if (high < 0 || low < 0) return {};
    made += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!is_utf8(made) || made.find('\0') != made.npos) return {};
  return made;
}

std::optional<parameters> query_parameters(std::string_view query) {
  parameters made;
  while (!query.empty()) {
    auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (part.empty()) continue;
    auto equals = part.find('=');
    auto name = percent_decoded(part.substr(0, equals), true);
    auto value = percent_decoded(equals == part.npos ? "" : part.substr(equals + 1), true);
    if (!name || !value || made.size() == parameters_max) return {};
    made.emplace_back(std::move(*name), std::move(*value));
  }
  return made;
}

void add_parameters(
    bj::object& into, const parameters& given, const std::vector<field_shape>& shapes,
    json::reader& found
) {
  for (auto& [name, text] : given) {
    auto shape = std::ranges::find(shapes, std::string_view{name}, &field_shape::name);
    auto known = shape != shapes.end();
    auto made = value_of(text, known ? shape->kind : text_kind::text);
    auto* before = into.if_contains(name);
    if (known && shape->is_list) {
      if (before == nullptr)
        into.emplace(name, bj::array{std::move(made)});
      else
        before->as_array().push_back(std::move(made));
    } else if (before == nullptr) {
      into.emplace(name, std::move(made));
    } else {
      found.inside(name, [&] { found.report("duplicate", "is given twice", "one value"); });
    }
  }
}

void add_members(bj::object& into, bj::object& body, json::reader& found) {
  for (auto& member : body) {
    std::string_view name{member.key().data(), member.key().size()};
    if (into.if_contains(member.key()) != nullptr)
      found.inside(name, [&] {
        found.report("duplicate", "is in the path or query, too", "once");
      });
    else
      into.emplace(member.key(), std::move(member.value()));
  }
}

}  // namespace stellwerk::gateway
