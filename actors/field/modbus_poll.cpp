#include <algorithm>
#include <utility>

#include "actors/field/modbus_work.hpp"
#include "actors/field/scaling.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto late_from = 100ms;

}  // namespace

void modbus_work::poll(const poll_turn& turn) {
  auto& u = units_.at(turn.unit);
  auto& numbers = *outside_.tell.numbers;
  if (schedule_.health(turn.unit).state() != link_state::online) flush_all();  // it may take long
  auto& what = turn.what;
  auto within = std::chrono::ceil<std::chrono::milliseconds>(turn.timeout);
  auto said = line_.ask(
      static_cast<std::uint8_t>(u.settings.unit), read_pdu(what.table, what.first, what.count),
      within
  );
  auto now = outside_.now();
  numbers.polls.Increment();
  numbers.poll_seconds.Observe(std::chrono::duration<double>(said.took).count());
  if (turn.late > late_from) numbers.polls_late.Increment();
  if (said.fault != line_fault::none)
    return poll_failed(turn, to_word(said.fault), std::move(said.detail));

  auto parsed = parse_read(said.pdu, what);
  if (std::holds_alternative<not_an_answer>(parsed)) {
    line_.close();
    return poll_failed(turn, to_word(line_fault::lying), "an answer to something else");
  }
  if (auto* refused = std::get_if<modbus_exception>(&parsed)) {
    if (refused->of_gateway()) return poll_failed(turn, "gateway", to_text(*refused));
    auto split = refused->of_address() && schedule_.refused(turn, now, said.took);
    if (!refused->of_address()) schedule_.answered(turn.unit, now, said.took);
    if (!split) take_bad(u, what);
  } else {
    schedule_.answered(turn, now, said.took);
    take(u, what, std::get<0>(parsed));
  }
  tell_link(turn.unit, u);
}

void modbus_work::poll_failed(const poll_turn& turn, std::string_view reason, std::string detail) {
  auto& u = units_.at(turn.unit);
  outside_.tell.numbers->poll_failures.Add({{"reason", std::string{reason}}}).Increment();
  u.error = std::move(detail);
  if (schedule_.failed(turn, outside_.now())) tell_link(turn.unit, u);
}

void modbus_work::take(
    served_unit& u, const read_request& asked, const std::vector<std::uint16_t>& words
) {
  auto when = outside_.tell.now();
  if (u.results.items.empty()) u.results.items.reserve(asked.points.size());
  for (auto& place : asked.points) {
    auto found = u.points.find(place.id);
    if (found == u.points.end()) continue;
    auto& point = found->second;
    auto own = std::span{words}.subspan(place.first - asked.first, place.count);
    auto raw = decode(point.where, own);
    auto read = raw ? engineering(*raw, point.what) : std::nullopt;
    if (read) point.last = std::move(read->value);
    add(u, place.id, read ? read->quality : quality::bad, point.last, when);
  }
  batch(u);
}

void modbus_work::take_bad(served_unit& u, const read_request& asked) {
  auto when = outside_.tell.now();
  for (auto& place : asked.points)
    if (auto found = u.points.find(place.id); found != u.points.end())
      add(u, place.id, quality::bad, found->second.last, when);
  batch(u);
}

void modbus_work::add(served_unit& u, std::uint32_t series, quality q, value what, wall_time when) {
  u.results.items.push_back({series, q, when, std::move(what)});
}

}  // namespace stellwerk
