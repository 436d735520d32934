#include "actors/access/token_verifier.hpp"

namespace stellwerk {

token_verifier::verdict token_verifier::check(std::string_view token, std::int64_t now_s) {
  auto* known = recall(token);
  token_claims read;
  if (known == nullptr)
    if (auto why = read_token(key_, rule_, token, read); why != token_refusal::none)
      return {nullptr, nullptr, why};
  auto& claims = known == nullptr ? read : known->claims;
  if (auto why = check_times(claims, now_s); why != token_refusal::none)
    return {nullptr, nullptr, why};
  if (known == nullptr) known = remember(token, std::move(read));
  return {&known->claims, &known->caller, token_refusal::none};
}

token_verifier::remembered* token_verifier::recall(std::string_view token) {
  auto found = known_.find(token);
  if (found == known_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return &recent_.front();
}

token_verifier::remembered* token_verifier::remember(std::string_view token, token_claims claims) {
  if (recent_.size() >= remembered_max_ && !recent_.empty()) {
    known_.erase(recent_.back().token);
    recent_.pop_back();
  }
  recent_.push_front({std::string{token}, std::move(claims), {}});
  known_.emplace(recent_.front().token, recent_.begin());
  return &recent_.front();
}

}  // namespace stellwerk
