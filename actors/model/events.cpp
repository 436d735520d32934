#include "actors/model/events.hpp"

namespace stellwerk {

event make_event(event_type type, std::string subject, const context_ptr& context, json_text data) {
  event made{type, std::move(subject), {"node", "", ""}, "", "", std::move(data)};
  if (!context) return made;
  auto& who = *context->caller;
  auto is_nobody = who.kind == principal_kind::nobody;
  made.actor = {
      is_nobody ? std::string{} : to_word(who.kind) + '/' + who.id, who.name, context->address};
  made.request_id = context->request_id;
  made.cause = context->cause;
  return made;
}

}  // namespace stellwerk
