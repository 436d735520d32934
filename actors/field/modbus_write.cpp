#include <algorithm>
#include <utility>

#include "actors/field/modbus_work.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr milliseconds connect_within = 1000ms;
/// A write whose answer is lost leaves people in doubt: it, and what is read back, is waited for
/// longer than a poll.
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
  auto* u = find(w.device_id);
  if (u == nullptr) {
    end.code = "unknown_unit";
    return end;
  }
  register_address where;
  if (!json::decode(w.point.what.address.text, where).empty()) {
    end.code = "not_writable";
    return end;
  }
  if (w.only_read) {
    if (reachable(w, *u, end)) read_back(w, where, *u, end);
    return end;
  }
  auto pdu = pdu_of(w, where);
  if (auto* why = std::get_if<std::string>(&pdu)) {
    end.code = std::move(*why);
    return end;
  }
  if (reachable(w, *u, end)) send_write(std::get<pdu_bytes>(pdu), *u, end);
  auto in_doubt = end.code == "no_answer" && outside_.now() < w.deadline;
  if (w.read_back && end.written && (end.code.empty() || in_doubt)) read_back(w, where, *u, end);
  return end;
}

/// In time, and the line is there; the last look at the clock before the wire.
bool modbus_work::reachable(const write_point& w, const served_unit& u, write_outcome& end) {
  auto left = rounded(w.deadline - outside_.now());
  auto down = schedule_.health(u.number).offline() ||
              (left > 0ms && !line_.alive() &&
               (!may_connect() || !connect(std::min(left, connect_within))));
  if (down) {
    end.code = "device_down";
    end.detail = u.error;
  } else if (outside_.now() >= w.deadline) {
    end.code = "expired";
  }
  return end.code.empty();
}

answer_wait modbus_work::write_wait(const served_unit& u) const {
  steady_span most = milliseconds{u.settings.timeout_ms};
  auto usual = schedule_.timeout(u.number, outside_.now()).most;
  return std::min(std::max<steady_span>(usual, write_timeout_min), most);
}

void modbus_work::send_write(const pdu_bytes& pdu, served_unit& u, write_outcome& end) {
  auto said = line_.ask(static_cast<std::uint8_t>(u.settings.unit), pdu, write_wait(u));
  auto now = outside_.now();
  auto parsed = parse_write(said.pdu, pdu);
  auto* refused = std::get_if<modbus_exception>(&parsed);
  auto why = nothing_in(said, std::holds_alternative<not_an_answer>(parsed), refused);
  end.written = said.sent;
  if (why) {
    end.code = said.sent ? "no_answer" : "device_down";
    end.detail = u.error = std::move(why->detail);
    schedule_.failed(u.number, now);
  } else {
    hang_ups_ = 0;
    schedule_.answered(u.number, now, said.took);
    if (refused != nullptr) {
      end.code = refused->in_progress() ? "no_answer" : "exception";
      end.detail = to_text(*refused);
    }
  }
  tell_link(u);
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
  auto known = std::ranges::find(u.points, w.point.series, &served_point::series);
  auto place = place_of(where, static_cast<std::size_t>(known - u.points.begin()));
  read_request asked{place.table, place.first, place.count, {place}};
  auto said = line_.ask(
      static_cast<std::uint8_t>(u.settings.unit), read_pdu(asked.table, asked.first, asked.count),
      write_wait(u)
  );
  auto now = outside_.now();
  auto parsed = parse_read(said.pdu, asked);
  auto* refused = std::get_if<modbus_exception>(&parsed);
  if (auto why = nothing_in(said, std::holds_alternative<not_an_answer>(parsed), refused)) {
    fail("no_answer", std::move(why->detail));
    schedule_.failed(u.number, now);
    return tell_link(u);
  }
  hang_ups_ = 0;
  schedule_.answered(u.number, now, said.took);
  if (refused != nullptr) {
    fail(refused->in_progress() || refused->busy() ? "no_answer" : "exception", to_text(*refused));
  } else {
    auto& words = std::get<0>(parsed);
    if (auto raw = decode(where, words))
      if (auto read = engineering(*raw, w.point.what)) end.read_back = std::move(read->value);
    if (known != u.points.end()) take(u, asked, words, outside_.tell.now());
  }
  tell_link(u);
}

}  // namespace stellwerk
