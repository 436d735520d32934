#include <rocksdb/db.h>

#include "actors/history/historian.hpp"

namespace stellwerk {

compactor_actor::behavior_type history_compactor(
    metered<compactor_actor, compactor_state>*, database_ptr db, instruments tools
) {
  return {[=](const compact_history&) -> caf::result<void> {
    rocksdb::CompactRangeOptions beside;
    beside.exclusive_manual_compaction = false;
    for (auto which : {history_family::chunks, history_family::rollups}) {
      auto status = (*db)->CompactRange(beside, family(*db, which), nullptr, nullptr);
      if (status.ok()) continue;
      auto why = render(failure(status));
      tools.lines->error("history.not_compacted", {{"why", std::string_view{why}}});
      return failure(status);
    }
    return caf::unit;
  }};
}

}  // namespace stellwerk
