#include <algorithm>
#include <utility>

#include "actors/field/modbus_work.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto late_from = 100ms;

}  // namespace

void modbus_work::poll(const poll_turn& turn) {
  auto& u = *units_[turn.unit];
  auto& numbers = *outside_.tell.numbers;
  if (schedule_.health(turn.unit).state() != link_state::online) flush_all();  // it may take long
  auto within = turn.within;
  if (outside_.mail()) within.most = within.sure;
  auto& what = *turn.what;
  auto said = line_.ask(
      static_cast<std::uint8_t>(u.settings.unit), read_pdu(what.table, what.first, what.count),
      within, [this] { take_last(); }
  );
  auto now = outside_.now();
  numbers.polls.Increment();
  numbers.poll_seconds.Observe(std::chrono::duration<double>(said.took).count());
  if (turn.late > late_from) numbers.polls_late.Increment();

  auto parsed = parse_read(said.pdu, what);
  auto* refused = std::get_if<modbus_exception>(&parsed);
  if (auto why = nothing_in(said, std::holds_alternative<not_an_answer>(parsed), refused))
    return poll_failed(turn, said, std::move(*why));
  hang_ups_ = 0;
  if (refused != nullptr) {
    auto split = refused->of_address() && schedule_.refused(turn, now, said.took);
    if (!refused->of_address()) schedule_.answered(turn.unit, now, said.took);
    if (!split) take_bad(u, what);
  } else {
    schedule_.answered(turn, now, said.took);
    last_ = {turn.unit, turn.what, std::move(std::get<0>(parsed)), outside_.tell.now()};
  }
  tell_link(u);
}

/// Closes the line after an answer that is none to what was asked.
std::optional<modbus_work::nothing_said> modbus_work::nothing_in(
    const line_answer& said, bool lying, const modbus_exception* refused
) {
  if (said.fault != line_fault::none) return nothing_said{to_word(said.fault), said.detail};
  if (lying) {
    line_.close();
    return nothing_said{to_word(line_fault::lying), "an answer to something else"};
  }
  if (refused != nullptr && refused->of_gateway())
    return nothing_said{"gateway", to_text(*refused)};
  return {};
}

void modbus_work::poll_failed(const poll_turn& turn, const line_answer& said, nothing_said why) {
  auto& u = *units_[turn.unit];
  outside_.tell.numbers->poll_failures.Add({{"reason", why.reason}}).Increment();
  u.error = std::move(why.detail);
  auto now = outside_.now();
  if (said.fault == line_fault::closed && ++hang_ups_ >= hang_ups_max)
    line_retry_.failed(now, true);
  if (schedule_.failed(turn, now, said.took)) tell_link(u);
}

void modbus_work::take_last() {
  if (!last_) return;
  auto said = std::move(*last_);
  last_.reset();
  take(*units_[said.unit], *said.asked, said.words, said.when);
}

void modbus_work::take(
    served_unit& u, const read_request& asked, std::span<const std::uint16_t> words, wall_time when
) {
  if (u.results.items.empty()) u.results.items.reserve(std::max(asked.points.size(), u.usual));
  for (auto& place : asked.points) {
    auto& point = u.points[place.id];
    auto raw = decode(point.where, words.subspan(place.first - asked.first, place.count));
    auto read = raw ? engineering(*raw, point.how) : std::nullopt;
    if (read) point.last = std::move(read->value);
    add(u, point.series, read ? read->quality : quality::bad, point.last, when);
  }
  batch(u);
}

void modbus_work::take_bad(served_unit& u, const read_request& asked) {
  auto when = outside_.tell.now();
  for (auto& place : asked.points) {
    auto& point = u.points[place.id];
    add(u, point.series, quality::bad, point.last, when);
  }
  batch(u);
}

void modbus_work::add(served_unit& u, std::uint32_t series, quality q, value what, wall_time when) {
  if (u.results.items.empty()) unpushed_.push_back(u.number);
  u.results.items.push_back({series, q, when, std::move(what)});
}

}  // namespace stellwerk
