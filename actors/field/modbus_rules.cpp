#include "actors/field/modbus_rules.hpp"

#include <algorithm>
#include <variant>

#include "actors/field/modbus_host.hpp"
#include "actors/field/modbus_pdu.hpp"
#include "actors/field/scaling.hpp"

namespace stellwerk {

namespace {

constexpr std::uint16_t written_max = 123;  // registers by function 16

std::string_view text_of(const json_text& given) {
  return given.text.empty() ? std::string_view{"{}"} : given.text;
}

register_address address_of(const channel& c) {
  register_address where;
  json::decode(text_of(c.address), where);
  return where;
}

modbus_settings settings_of(const json_text& text) {
  modbus_settings s;
  json::decode(text_of(text), s);
  return s;
}

/// A table of bits holds bits, and a member that would have no effect is an error.
void check_members(const register_address& where, problems& found) {
  auto type = type_of(where);
  auto in_bits = holds_bits(where.table);
  if (in_bits && type != raw_type::bit)
    found.push_back({"address.type", "invalid", "this table holds bits", "bit"});
  auto needs_bit = type == raw_type::bit && !in_bits;
  if (needs_bit && !where.bit)
    found.push_back({"address.bit", "required", "which bit of the register?", "0 to 15"});
  if (!needs_bit && where.bit)
    found.push_back({"address.bit", "invalid", "only for type bit in a register", "none"});
  auto needs_length = type == raw_type::string;
  if (needs_length && !where.length)
    found.push_back({"address.length", "required", "how many registers?", "1 to 125"});
  if (!needs_length && where.length)
    found.push_back({"address.length", "invalid", "only for type string", "none"});
  if (where.register_.value + size_of(where) > register_number::limits::max + 1)
    found.push_back(
        {"address.register", "out_of_range", "the value goes beyond the last register",
         "its last register is 65535 at most"}
    );
}

void check_type(const channel& c, raw_type type, problems& found) {
  auto wanted = type == raw_type::bit ? c.type == value_type::bool_
                : type == raw_type::string
                    ? c.type == value_type::string_
                    : c.type == value_type::float_ || c.type == value_type::int_;
  if (wanted) return;
  auto fits = type == raw_type::bit ? "bool" : type == raw_type::string ? "string" : "float or int";
  found.push_back({"type", "invalid", "is not what the address holds", fits});
}

void check_direction(const channel& c, const register_address& where, problems& found) {
  if (c.direction == direction::in) return;
  auto type = type_of(where);
  if (where.table == register_table::input || where.table == register_table::discrete)
    found.push_back({"direction", "invalid", "this table can only be read", "in"});
  else if (type == raw_type::bit && where.table == register_table::holding)
    found.push_back({"direction", "invalid", "a bit of a register can only be read", "in"});
  else if (type == raw_type::string && size_of(where) > written_max)
    found.push_back({"address.length", "out_of_range", "too long to be written", "1 to 123"});
}

}  // namespace

problems check_modbus_settings(const json_text& settings, const field_options& options) {
  modbus_settings s;
  auto found = json::decode(text_of(settings), s);
  auto host_is_bad = std::ranges::any_of(found, [](auto& p) { return p.path == "host"; });
  if (!host_is_bad && !s.host.empty())
    for (auto& p : check_host(s.host, options)) found.push_back(p);
  return found;
}

problems check_modbus_channel(const channel& what) {
  register_address where;
  auto found = json::decode(text_of(what.address), where);
  for (auto& p : found) p.path = p.path.empty() ? "address" : "address." + p.path;
  if (found.empty()) {
    check_members(where, found);
    check_type(what, type_of(where), found);
    check_direction(what, where, found);
  }
  for (auto& p : check_scaling(what)) found.push_back(p);
  return found;
}

std::string check_modbus_write(const channel& to, const value& what) {
  if (to.direction == direction::in) return "not_writable";
  auto where = address_of(to);
  auto raw = raw_of(what, to, type_of(where));
  if (auto* why = std::get_if<unwritable>(&raw)) return to_word(*why);
  if (encode(where, std::get<raw_value>(raw))) return {};
  return to_word(unwritable::not_representable);
}

double modbus_tolerance(const channel& of, const value& written) {
  return half_step(written, of, type_of(address_of(of)));
}

std::string modbus_line_key(const json_text& settings) {
  auto s = settings_of(settings);
  return json::lower(s.host.str()) + ' ' + std::to_string(s.port);
}

}  // namespace stellwerk
