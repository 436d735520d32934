#include "tests/actors/field/memory_store.hpp"

#include <algorithm>

namespace stellwerk {

caf::result<committed> memory_store::take(const commit& what) {
  if (refuses != errc{}) return refuse(refuses);
  if (what.once) {
    auto known = once.find(what.once->key);
    if (known != once.end() && known->second.first != what.once->body_hash)
      return refuse(errc::idempotency_conflict);
    if (known != once.end()) return committed{0, 0, known->second.second};
  }
  for (auto& one : what.expectations) {
    auto found = documents.find(one.key);
    if ((found == documents.end() ? 0 : found->second.revision) != one.revision)
      return stale(one);
  }
  ++revision;
  for (auto& one : what.changes)
    if (one.value)
      documents[one.key] = {*one.value, revision};
    else
      documents.erase(one.key);
  events.insert(events.end(), what.events.begin(), what.events.end());
  if (what.once) once[what.once->key] = {what.once->body_hash, what.once->answer_id};
  return committed{revision, events.size(), {}};
}

documents memory_store::read(const scan& what) const {
  stellwerk::documents found;
  auto add = [&](auto& one) {
    if (!one.first.starts_with(what.prefix)) return;
    if (!what.newest_first && one.first <= what.after) return;
    if (what.newest_first && !what.after.empty() && one.first >= what.after) return;
    if (found.items.size() == what.limit) return void(found.more = true);
    found.items.push_back({one.first, one.second.value, one.second.revision});
  };
  if (what.newest_first)
    std::for_each(documents.rbegin(), documents.rend(), add);
  else
    std::for_each(documents.begin(), documents.end(), add);
  return found;
}

std::vector<std::string> memory_store::told(std::string_view prefix) const {
  std::vector<std::string> names;
  for (auto& one : events)
    if (name_of(one.type).starts_with(prefix))
      names.push_back(std::string{name_of(one.type)} + ' ' + one.subject);
  return names;
}

}  // namespace stellwerk
