#include "nodes/sim/fault.hpp"

#include <algorithm>
#include <charconv>
#include <random>

namespace stellwerk::sim {

namespace {

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < fault_table.size(); ++i)
    if (static_cast<std::size_t>(fault_table[i].kind) != i) return false;
  return true;
}
static_assert(rows_are_in_order(), "fault::row() finds a row by its kind");

constexpr std::int64_t delay_ms_max = 60'000;
constexpr std::size_t frame_header_bytes = 7;

std::string kind_names() {
  std::string names;
  for (auto& row : fault_table) names.append(names.empty() ? "" : ", ").append(row.name);
  return names;
}

parsed<fault_kind> parse_kind(const json::object& text) {
  auto* kind = text.if_contains("kind");
  if (kind != nullptr && kind->is_string()) {
    auto row = std::ranges::find(fault_table, kind->get_string(), &fault_row::name);
    if (row != fault_table.end()) return row->kind;
  }
  return bad_input{"kind: expected one of " + kind_names()};
}

}  // namespace

parsed<std::int64_t> integer_field(
    const json::object& text, std::string_view name, std::int64_t min, std::int64_t max,
    std::int64_t fallback
) {
  auto* value = text.if_contains(name);
  if (value == nullptr) return fallback;
  boost::system::error_code inexact;
  auto number = value->is_number() ? value->to_number<std::int64_t>(inexact) : min - 1;
  if (!inexact && number >= min && number <= max) return number;
  return bad_input{
      std::string(name) + ": expected an integer from " + std::to_string(min) + " to " +
      std::to_string(max)};
}

parsed<fault> parse_fault(const json::object& text) {
  auto kind = parse_kind(text);
  if (!kind) return kind.error();
  fault result{.kind = *kind};
  auto takes_delay = result.row().delay_ms != 0;
  auto takes_code = *kind == fault_kind::exception;
  for (auto& [key, value] : text) {
    if (key == "kind" || (key == "delay_ms" && takes_delay) || (key == "code" && takes_code))
      continue;
    return bad_input{std::string(key) + ": not a field of " + std::string(result.row().name)};
  }
  auto delay_ms = integer_field(text, "delay_ms", 1, delay_ms_max, result.row().delay_ms);
  if (!delay_ms) return delay_ms.error();
  auto code = integer_field(text, "code", 1, 127, result.code);
  if (!code) return code.error();
  result.delay_ms = static_cast<std::uint16_t>(*delay_ms);
  result.code = static_cast<std::uint8_t>(*code);
  return result;
}

json::object to_json(const fault& f) {
  json::object text{{"kind", f.row().name}};
  if (f.row().delay_ms != 0) text["delay_ms"] = f.delay_ms;
  if (f.kind == fault_kind::exception) text["code"] = f.code;
  return text;
}

parsed<json::object> parse_pairs(std::string_view text) {
  json::object pairs;
  while (!text.empty()) {
    auto pair = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    auto middle = pair.find('=');
    if (middle == std::string_view::npos)
      return bad_input{"expected name=value,..., as in unit=2,kind=slow,delay_ms=300"};
    auto name = pair.substr(0, middle);
    auto word = pair.substr(middle + 1);
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    auto is_number = error == std::errc{} && end == word.data() + word.size();
    pairs[name] = is_number ? json::value(number) : json::value(word);
  }
  return pairs;
}

void spoil(fault_kind kind, std::vector<std::uint8_t>& frame) {
  if (kind == fault_kind::wrong_unit) {
    ++frame[6];
  } else if (kind == fault_kind::wrong_transaction) {
    if (++frame[1] == 0) ++frame[0];
  } else if (kind == fault_kind::cut_short) {
    frame.resize(frame_header_bytes + 1);
  } else if (kind == fault_kind::garbage) {
    std::minstd_rand random(frame[1] + 1u);
    for (auto& byte : frame) byte = static_cast<std::uint8_t>(random() >> 8);
    frame[2] = 0xFF;  // never by chance the protocol id of Modbus
  }
}

}  // namespace stellwerk::sim
