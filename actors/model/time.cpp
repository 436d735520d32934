#include "actors/model/time.hpp"

#include <algorithm>

namespace stellwerk {

namespace {

using namespace std::chrono;

/// The last `count` digits of a number that is not negative.
void put_digits(std::string& out, std::int64_t number, std::size_t count) {
  auto first = out.size();
  out.append(count, '0');
  for (auto at = first + count; at-- > first; number /= 10)
    out[at] = static_cast<char>('0' + number % 10);
}

/// Reads exactly `count` digits at `at` and moves it on; -1 if they are not there.
int digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (auto end = at + count; at < end; ++at) {
    if (text[at] < '0' || text[at] > '9') return -1;
    value = value * 10 + (text[at] - '0');
  }
  return value;
}

bool take(std::string_view text, std::size_t& at, char wanted) {
  if (at >= text.size() || text[at] != wanted) return false;
  ++at;
  return true;
}

std::optional<year_month_day> date_from(std::string_view text, std::size_t& at) {
  auto y = digits(text, at, 4);
  if (y < 0 || !take(text, at, '-')) return {};
  auto m = digits(text, at, 2);
  if (m < 0 || !take(text, at, '-')) return {};
  auto d = digits(text, at, 2);
  if (d < 0) return {};
  year_month_day date{year{y}, month{unsigned(m)}, day{unsigned(d)}};
  if (!date.ok()) return {};
  return date;
}

std::optional<milliseconds> fraction_from(std::string_view text, std::size_t& at) {
  if (!take(text, at, '.')) return milliseconds{0};
  auto first = at;
  int ms = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
    if (at - first < 3) ms = ms * 10 + (text[at] - '0');
  auto count = at - first;
  if (count == 0 || count > 9) return {};
  for (; count < 3; ++count) ms *= 10;
  return milliseconds{ms};
}

std::optional<minutes> offset_from(std::string_view text, std::size_t& at) {
  if (take(text, at, 'Z') || take(text, at, 'z')) return minutes{0};
  bool behind = take(text, at, '-');
  if (!behind && !take(text, at, '+')) return {};
  auto h = digits(text, at, 2);
  if (h < 0 || h > 23 || !take(text, at, ':')) return {};
  auto m = digits(text, at, 2);
  if (m < 0 || m > 59) return {};
  return minutes{(behind ? -1 : 1) * (h * 60 + m)};
}

}  // namespace

void append_text(std::string& out, wall_time when) {
  constexpr wall_time first = sys_days{year{0} / 1 / 1};
  constexpr wall_time last = sys_days{year{9999} / 12 / 31} + 24h - 1ms;
  when = std::clamp(when, first, last);
  auto day_start = floor<days>(when);
  year_month_day date{day_start};
  hh_mm_ss clock{when - day_start};
  put_digits(out, int(date.year()), 4);
  put_digits(out += '-', unsigned(date.month()), 2);
  put_digits(out += '-', unsigned(date.day()), 2);
  put_digits(out += 'T', clock.hours().count(), 2);
  put_digits(out += ':', clock.minutes().count(), 2);
  put_digits(out += ':', clock.seconds().count(), 2);
  put_digits(out += '.', clock.subseconds().count(), 3);
  out += 'Z';
}

std::string to_text(wall_time when) {
  std::string text;
  append_text(text, when);
  return text;
}

std::optional<wall_time> time_from(std::string_view text) {
  std::size_t at = 0;
  auto date = date_from(text, at);
  if (!date || !(take(text, at, 'T') || take(text, at, 't'))) return {};
  auto h = digits(text, at, 2);
  if (h < 0 || h > 23 || !take(text, at, ':')) return {};
  auto m = digits(text, at, 2);
  if (m < 0 || m > 59 || !take(text, at, ':')) return {};
  auto s = digits(text, at, 2);
  if (s < 0 || s > 60) return {};
  auto fraction = fraction_from(text, at);
  if (!fraction) return {};
  auto offset = offset_from(text, at);
  if (!offset || at != text.size()) return {};
  if (s == 60) {
    s = 59;
    fraction = milliseconds{999};
  }
  return wall_time{sys_days{*date}} + hours{h} + minutes{m} + seconds{s} + *fraction - *offset;
}

}  // namespace stellwerk
