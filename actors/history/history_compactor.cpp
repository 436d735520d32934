#include "actors/history/historian.hpp"

namespace stellwerk {

compactor_actor::behavior_type history_compactor(
    metered<compactor_actor, compactor_state>*, database_ptr db, instruments tools
) {
  return {[=](const compact_history&) -> caf::result<void> {
    auto why = give_back_space(*db);
    if (!why) return caf::unit;
    tools.lines->error("history.not_compacted", {{"why", std::string_view{render(why)}}});
    return why;
  }};
}

}  // namespace stellwerk
