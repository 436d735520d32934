#include "persistence/daily_time.hpp"

#include <ctime>

namespace stellwerk {

namespace {

std::optional<std::chrono::minutes> time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return {};
  auto two = [&](std::size_t at, int below) {
    auto tens = text[at] - '0', ones = text[at + 1] - '0';
    auto number = tens * 10 + ones;
    auto good = tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 && number < below;
    return good ? number : -1;
  };
  auto hours = two(0, 24), minutes = two(3, 60);
  if (hours < 0 || minutes < 0) return {};
  return std::chrono::minutes{hours * 60 + minutes};
}

/// Of a moment that comes twice, the first; one that is skipped is near where it would be.
std::time_t first_of(const std::tm& local) {
  for (auto summer : {1, 0}) {
    auto told = local;
    told.tm_isdst = summer;
    auto moment = std::mktime(&told);
    if (told.tm_isdst == summer && told.tm_hour == local.tm_hour && told.tm_min == local.tm_min)
      return moment;
  }
  auto told = local;
  told.tm_isdst = -1;  // whatever holds then
  return std::mktime(&told);
}

/// `days` after the local day of `now`.
wall_time local_moment(wall_time now, int days, std::chrono::minutes at) {
  auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  localtime_r(&seconds, &local);
  local.tm_mday += days;
  local.tm_hour = static_cast<int>(at.count() / 60);
  local.tm_min = static_cast<int>(at.count() % 60);
  local.tm_sec = 0;
  return wall_time{std::chrono::seconds{first_of(local)}};
}

}  // namespace

wall_time next_after(wall_time now, const daily_time& when) {
  auto today = local_moment(now, 0, *when.at);
  return today > now ? today : local_moment(now, 1, *when.at);
}

void json::codec<daily_time>::read(const boost::json::value& in, daily_time& x, reader& r) {
  std::string text;
  if (!read_string(in, text, r)) return;
  x.at = time_of_day(text);
  if (!x.at && !text.empty()) r.report("bad_format", "is no time of day", "like 02:00, or empty");
}

void json::codec<daily_time>::write(std::string& out, const daily_time& x) {
  std::string text;
  if (x.at) {
    auto two = [&](auto number) {
      text += static_cast<char>('0' + number / 10);
      text += static_cast<char>('0' + number % 10);
    };
    two(x.at->count() / 60);
    text += ':';
    two(x.at->count() % 60);
  }
  write_text(out, text);
}

}  // namespace stellwerk
