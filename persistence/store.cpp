#include "persistence/store.hpp"

namespace stellwerk {

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
      to_word(context->kind) + '/' + context->principal_id, context->route,
      context->idempotency_key, context->body_hash, std::move(answer_id)};
}

}  // namespace stellwerk
