#include "gateway/route_meters.hpp"

#include <string>

namespace stellwerk::gateway {

route_meters::route_meters(metrics& numbers, const std::vector<const route*>& rows) {
  for (auto id : {"none", "health", "console", "stream"}) add(numbers, id);
  for (auto* row : rows) add(numbers, row->words.id);
}

void route_meters::count(std::string_view id, int status, double seconds) {
  auto found = meters_.find(id);
  if (found == meters_.end()) return;
  auto first_digit = static_cast<std::size_t>(status / 100);
  if (auto* number = found->second.by_class[first_digit]) number->Increment();
  found->second.seconds->Observe(seconds);
}

void route_meters::add(metrics& numbers, std::string_view id) {
  meter made;
  std::string route{id};
  for (auto digit : {1, 2, 3, 4, 5})
    made.by_class[static_cast<std::size_t>(digit)] =
        &numbers.http_requests.Add({{"route", route}, {"class", std::to_string(digit) + "xx"}});
  made.seconds = &numbers.http_seconds.Add({{"route", route}}, time_buckets());
  meters_.emplace(id, made);
}

}  // namespace stellwerk::gateway
