#include <algorithm>
#include <utility>

#include "actors/field/modbus_work.hpp"
#include "actors/field/scaling.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds connect_within = 1000ms;
/// A write whose answer is lost leaves people in doubt: it is waited for longer than for a read.
constexpr milliseconds write_timeout_min = 500ms;

milliseconds rounded(steady_span span) { return std::chrono::ceil<milliseconds>(span); }

bool writable(const register_address& where) {
  return where.table == register_table::coil || where.table == register_table::holding;
}

/// The PDU that writes `what`, or the code that says why there is none.
std::variant<pdu_bytes, std::string> pdu_of(const write_point& w, const register_address& where) {
  if (!writable(where)) return "not_writable";
  auto raw = raw_of(w.what, w.point.what, type_of(where));
  if (auto* why = std::get_if<unwritable>(&raw)) return to_word(*why);
  auto words = encode(where, std::get<raw_value>(raw));
  if (!words) return to_word(unwritable::not_representable);
  return write_pdu(where.table, static_cast<std::uint16_t>(where.register_.value), *words);
}

}  // namespace

write_outcome modbus_work::carried_out(const write_point& w) {
  write_outcome end{w.command_id, w.device_id, false, {}, {}, {}};
  auto unit = units_.find(w.device_id);
  if (unit == units_.end()) {
    end.code = "unknown_unit";
    return end;
  }
  auto& u = unit->second;
  register_address where;
  if (!json::decode(w.point.what.address.text, where).empty()) {
    end.code = "not_writable";
    return end;
  }
  if (w.only_read) {
    if (reachable(w, u, end)) read_back(w, where, u, end);
    return end;
  }
  auto pdu = pdu_of(w, where);
  if (auto* why = std::get_if<std::string>(&pdu)) {
    end.code = std::move(*why);
    return end;
  }
  if (reachable(w, u, end)) send_write(w, std::get<pdu_bytes>(pdu), u, end);
  auto in_doubt = end.code == "no_answer" && outside_.now() < w.deadline;
  if (w.read_back && end.written && (end.code.empty() || in_doubt)) read_back(w, where, u, end);
  return end;
}

/// In time, and the line is there; the last look at the clock before the wire.
bool modbus_work::reachable(const write_point& w, const served_unit& u, write_outcome& end) {
  auto left = rounded(w.deadline - outside_.now());
  if (schedule_.health(w.device_id).offline()) {
    end.code = "device_down";
    end.detail = u.error;
  } else if (left > 0ms && !line_.alive()) {
    auto may_try = line_up_ || line_retry_.next_try() <= outside_.now();
    if (!may_try || !connect(std::min(left, connect_within))) {
      end.code = "device_down";
      end.detail = u.error;
    }
  }
  if (end.code.empty() && outside_.now() >= w.deadline) end.code = "expired";
  return end.code.empty();
}

void modbus_work::send_write(
    const write_point& w, const pdu_bytes& pdu, served_unit& u, write_outcome& end
) {
  auto most = milliseconds{u.settings.timeout_ms};
  auto usual = rounded(schedule_.timeout(w.device_id, outside_.now()));
  auto said = line_.ask(
      static_cast<std::uint8_t>(u.settings.unit), pdu,
      std::min(std::max(usual, write_timeout_min), most)
  );
  auto now = outside_.now();
  end.written = said.sent;
  auto answer = said.fault == line_fault::none ? parse_write(said.pdu, pdu) : not_an_answer{};
  if (auto* refused = std::get_if<modbus_exception>(&answer)) {
    end.code = "exception";
    end.detail = to_text(*refused);
    schedule_.answered(w.device_id, now, said.took);
  } else if (std::holds_alternative<not_an_answer>(answer)) {
    line_.close();
    end.code = said.sent ? "no_answer" : "device_down";
    end.detail = u.error = said.detail.empty() ? "an answer to something else" : said.detail;
    schedule_.failed(w.device_id, now);
  } else {
    schedule_.answered(w.device_id, now, said.took);
  }
  tell_link(w.device_id, u);
}

/// Sets `code` only where that is all that was wanted.
void modbus_work::read_back(
    const write_point& w, const register_address& where, served_unit& u, write_outcome& end
) {
  auto fail = [&](const char* code, std::string detail) {
    u.error = detail;
    if (!w.only_read) return;
    end.code = code;
    end.detail = std::move(detail);
  };
  auto left = std::clamp(rounded(w.deadline - outside_.now()), 1ms, connect_within);
  if (!line_.connected() && !connect(left)) return fail("device_down", u.error);
  plan_point place{
      w.point.series, where.table, static_cast<std::uint16_t>(where.register_.value),
      size_of(where)};
  read_request asked{place.table, place.first, place.count, {place}};
  auto said = line_.ask(
      static_cast<std::uint8_t>(u.settings.unit), read_pdu(asked.table, asked.first, asked.count),
      rounded(schedule_.timeout(w.device_id, outside_.now()))
  );
  auto now = outside_.now();
  auto answer =
      said.fault == line_fault::none ? parse_read(said.pdu, asked) : read_answer{not_an_answer{}};
  if (std::holds_alternative<not_an_answer>(answer)) {
    line_.close();
    fail("no_answer", said.detail.empty() ? "an answer to something else" : said.detail);
    schedule_.failed(w.device_id, now);
    return tell_link(w.device_id, u);
  }
  schedule_.answered(w.device_id, now, said.took);
  if (auto* refused = std::get_if<modbus_exception>(&answer)) {
    fail("exception", to_text(*refused));
  } else {
    auto& words = std::get<0>(answer);
    if (auto raw = decode(where, words))
      if (auto read = engineering(*raw, w.point.what)) end.read_back = std::move(read->value);
    take(u, asked, words);
  }
  tell_link(w.device_id, u);
}

}  // namespace stellwerk
