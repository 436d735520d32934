#include "actors/field/names.hpp"

#include <set>
#include <utility>

namespace stellwerk {

std::vector<std::string> tags_of(const device_fields& fields) {
  return {fields.tags.begin(), fields.tags.end()};
}

void publish(
    name_table& table, const device_document* before, const device_document* after, bool pushed
) {
  std::set<std::string> names;
  std::set<std::uint32_t> numbers;
  if (after != nullptr) {
    auto tags = std::make_shared<const std::vector<std::string>>(tags_of(after->fields));
    for (auto& one : after->fields.channels) {
      auto series = after->series.at(one.name);
      auto name = after->fields.name.str() + '/' + one.name.str();
      table.by_series.put(std::to_string(series), {name, after->id, one.retention_class});
      table.by_name.put(
          name, {series, after->id, tags, one.type, one.unit, pushed, after->fields.enabled}
      );
      names.insert(std::move(name));
      numbers.insert(series);
    }
  }
  if (before == nullptr) return;
  for (auto& one : before->fields.channels) {
    auto name = before->fields.name.str() + '/' + one.name.str();
    auto series = before->series.at(one.name);
    if (!names.contains(name)) table.by_name.erase(name);
    if (!numbers.contains(series)) table.by_series.erase(std::to_string(series));
  }
}

}  // namespace stellwerk
