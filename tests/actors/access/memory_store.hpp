#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "monitoring/metered.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

/// What survives the actors of a test, and how the store behaves.
struct memory_disk {
  struct row {
    std::string value;
    std::uint64_t revision = 0;
  };
  std::map<std::string, row> rows;
  std::vector<event> events;
  std::uint64_t revision = 0;
  std::optional<errc> refuses;  // every commit
  bool unknown = false;         // commits happen, and are answered so
  bool silent = false;          // commits happen, and nobody hears of it

  bool holds(const expectation& wanted) const {
    auto found = rows.find(wanted.key);
    return (found == rows.end() ? 0 : found->second.revision) == wanted.revision;
  }
  void apply(const commit& what) {
    ++revision;
    for (auto& one : what.changes)
      if (one.value)
        rows[one.key] = {*one.value, revision};
      else
        rows.erase(one.key);
    events.insert(events.end(), what.events.begin(), what.events.end());
  }
};

struct memory_store_state {
  static inline const char* name = "store";
  static constexpr std::size_t mailbox_max = 10'000;
  std::vector<caf::typed_response_promise<committed>> never;
};
inline store_actor::behavior_type memory_store(
    metered<store_actor, memory_store_state>* self, std::shared_ptr<memory_disk> disk
) {
  return {
      [=](const commit& what) -> caf::result<committed> {
        if (disk->refuses) return refuse(*disk->refuses);
        for (auto& one : what.expectations)
          if (!disk->holds(one)) return stale(one);
        disk->apply(what);
        if (disk->unknown) return refuse(errc::outcome_unknown);
        if (!disk->silent) return committed{disk->revision, disk->events.size(), {}};
        self->state.never.push_back(self->make_response_promise<committed>());
        return self->state.never.back();
      },
      [](const follow_journal&) {}, [](caf::atom_constant<caf::atom("flush")>) {}};
}

using memory_reader_actor = caf::typed_actor<caf::replies_to<scan>::with<documents>>;
struct memory_reader_state {
  static inline const char* name = "reader";
  static constexpr std::size_t mailbox_max = 1000;
};
/// Pages of three, so that every test reads several.
inline memory_reader_actor::behavior_type memory_reader(
    metered<memory_reader_actor, memory_reader_state>*, std::shared_ptr<memory_disk> disk
) {
  return {[=](const scan& what) {
    documents page;
    auto at = disk->rows.upper_bound(std::max(what.prefix, what.after));
    for (; at != disk->rows.end() && at->first.starts_with(what.prefix); ++at) {
      page.more = page.items.size() == 3;
      if (page.more) break;
      page.items.push_back({at->first, at->second.value, at->second.revision});
    }
    return page;
  }};
}

}  // namespace stellwerk
