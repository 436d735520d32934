#include "persistence/store.hpp"

#include "actors/model/error.hpp"

namespace stellwerk {

caf::error stale(const expectation& one) {
  return caf::make_error(errc::stale_revision, one.key, one.revision);
}

std::string stale_key(const caf::error& why) {
  auto& context = why.context();
  if (!is(why, errc::stale_revision) || !context.match_elements<std::string, std::uint64_t>())
    return {};
  return context.get_as<std::string>(0);
}

std::string document_key(std::string_view kind, std::string_view id) {
  std::string key;
  key.reserve(kind.size() + 1 + id.size());
  key += kind;
  key += '\0';
  key += id;
  return key;
}

std::optional<once_key> once_of(const context_ptr& context, std::string answer_id) {
  if (!context || context->idempotency_key.empty()) return {};
  return once_key{
      to_word(context->caller->kind) + '/' + context->caller->id, context->route,
      context->idempotency_key, context->body_hash, std::move(answer_id)};
}

}  // namespace stellwerk
