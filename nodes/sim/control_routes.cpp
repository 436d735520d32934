#include "nodes/sim/control_routes.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <vector>

namespace stellwerk::sim {

namespace {

constexpr std::size_t writes_per_answer = 1'000;

/// A decimal number that fills the text and does not exceed `max`.
std::optional<std::uint64_t> number_in(std::string_view text, std::uint64_t max) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > max) return {};
  return number;
}

control_answer say(unsigned status, std::string_view message) {
  return {status, json::serialize(json::object{{"message", message}})};
}

control_answer say_done(const json::object& what) { return {200, json::serialize(what)}; }

/// A register value with its decimal places: 215, 1 → 21.5
std::string decimal(int raw, int places) {
  std::array<char, 16> text{};
  auto value = raw / (places == 1 ? 10.0 : 100.0);
  auto end = std::to_chars(
      text.data(), text.data() + text.size(), value, std::chars_format::fixed, places
  );
  return {text.data(), end.ptr};
}

std::string unit_text(const modbus_port& port, const served_unit& served) {
  auto& unit = served.unit;
  auto number = std::to_string(port.number());
  return "{\"port\":" + number + ",\"listening\":" + (port.listening() ? "true" : "false") +
         ",\"unit\":" + std::to_string(served.id) +
         ",\"fault\":" + json::serialize(to_json(served.wrong)) +
         ",\"temperature\":" + decimal(static_cast<std::int16_t>(unit.input(0)), 1) +
         ",\"level\":" + decimal(unit.input(1), 1) + ",\"flow\":" + decimal(unit.input(2), 2) +
         ",\"setpoint\":" + decimal(static_cast<std::int16_t>(unit.setpoint()), 1) +
         ",\"valve\":" + decimal(unit.valve(), 1) +
         ",\"pump\":" + (unit.pump() ? "true" : "false") +
         ",\"requests\":" + std::to_string(served.requests) +
         ",\"writes\":" + std::to_string(served.writes) + "}";
}

control_answer list_units(modbus_server& server) {
  std::string items;
  for (auto& port : server.ports()) {
    for (auto& served : port->units())
      items.append(items.empty() ? "" : ",").append(unit_text(*port, served));
  }
  return {200, "{\"items\":[" + items + "]}"};
}

control_answer list_writes(const write_log& log, std::string_view query) {
  constexpr std::string_view name = "after=";
  std::optional<std::uint64_t> after = 0;
  if (!query.empty())
    after =
        query.starts_with(name) ? number_in(query.substr(name.size()), UINT64_MAX) : std::nullopt;
  if (!after) return say(400, "after: expected the number of a write, as in /writes?after=12");
  std::string items;
  for (auto& line : log.after(*after, writes_per_answer))
    items.append(items.empty() ? "" : ",").append(line);
  return {200, "{\"items\":[" + items + "],\"last\":" + std::to_string(log.last()) + "}"};
}

parsed<json::object> parse_object(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error || !value.is_object()) return bad_input{"expected a JSON object as the body"};
  return std::move(value.get_object());
}

control_answer put_fault(
    modbus_server& server, std::uint16_t port, std::optional<std::uint8_t> unit,
    std::string_view body
) {
  auto text = parse_object(body);
  if (!text) return say(400, text.error().message);
  auto wrong = parse_fault(*text);
  if (!wrong) return say(400, wrong.error().message);
  if (!server.set_fault(port, unit, *wrong)) return say(404, "there is no such port or unit");
  return say_done(to_json(*wrong));
}

control_answer put_port(modbus_server& server, std::uint16_t number, std::string_view body) {
  auto text = parse_object(body);
  if (!text) return say(400, text.error().message);
  auto* listening = text->if_contains("listening");
  if (text->size() != 1 || listening == nullptr || !listening->is_bool())
    return say(400, "expected {\"listening\": true} or {\"listening\": false}");
  auto* port = server.find(number);
  if (port == nullptr) return say(404, "there is no such port");
  if (!listening->get_bool()) {
    port->refuse();
  } else if (auto error = port->listen()) {
    return say(409, "the port cannot be opened again: " + error.message());
  }
  return say_done({{"port", number}, {"listening", port->listening()}});
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty() && path.front() == '/') {
    path.remove_prefix(1);
    parts.push_back(path.substr(0, path.find('/')));
    path.remove_prefix(parts.back().size());
  }
  return parts;
}

}  // namespace

control_answer answer_control(
    modbus_server& server, const write_log& log, std::string_view method, std::string_view target,
    std::string_view body
) {
  auto path = target.substr(0, target.find('?'));
  auto query = target.substr(path.size());
  if (!query.empty()) query.remove_prefix(1);
  if (method == "GET") {
    if (path == "/health") return say_done({{"status", "ok"}});
    if (path == "/units") return list_units(server);
    if (path == "/writes") return list_writes(log, query);
  }
  auto parts = segments(path);
  auto port = parts.size() >= 2 ? number_in(parts[1], 65'535) : std::nullopt;
  if (method == "PUT" && port) {
    auto number = static_cast<std::uint16_t>(*port);
    if (parts.size() == 2 && parts[0] == "ports") return put_port(server, number, body);
    if (parts.size() == 3 && parts[0] == "ports" && parts[2] == "fault")
      return put_fault(server, number, std::nullopt, body);
    auto unit = parts.size() == 4 ? number_in(parts[2], modbus_port::units_max) : std::nullopt;
    if (parts[0] == "units" && unit && parts[3] == "fault")
      return put_fault(server, number, static_cast<std::uint8_t>(*unit), body);
  }
  return say(
      404,
      "expected GET /health, GET /units, GET /writes?after=N, PUT /units/{port}/{unit}/fault, "
      "PUT /ports/{port}/fault or PUT /ports/{port}"
  );
}

parsed<void> apply_fault_option(modbus_server& server, std::string_view text) {
  auto pairs = parse_pairs(text);
  if (!pairs) return pairs.error();
  auto port = integer_field(*pairs, "port", 1, 65'535, 0);
  if (!port) return port.error();
  auto unit = integer_field(*pairs, "unit", 1, modbus_port::units_max, 0);
  if (!unit) return unit.error();
  pairs->erase("port");
  pairs->erase("unit");
  std::optional<std::uint16_t> on_port;
  if (*port != 0) on_port = static_cast<std::uint16_t>(*port);
  std::optional<std::uint8_t> on_unit;
  if (*unit != 0) on_unit = static_cast<std::uint8_t>(*unit);

  if (*pairs == json::object{{"kind", "refuse"}}) {
    if (on_unit) return bad_input{"refuse: expected no unit, it is a fault of a port"};
    auto found = false;
    for (auto& served : server.ports()) {
      if (on_port && *on_port != served->number()) continue;
      served->refuse();
      found = true;
    }
    return found ? parsed<void>() : bad_input{"there is no such port"};
  }
  auto wrong = parse_fault(*pairs);
  if (!wrong) return wrong.error();
  if (!server.set_fault(on_port, on_unit, *wrong)) return bad_input{"no such port or unit"};
  return {};
}

}  // namespace stellwerk::sim
