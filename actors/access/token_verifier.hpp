#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/access/token.hpp"
#include "actors/model/call_context.hpp"

namespace stellwerk {

/// Verifies tokens of one type and remembers those that were good, so that a caller's second
/// request costs one look-up. Bounded: the least recently used goes. Keyed by the whole token; the
/// times are checked at each use; failures are never remembered. For one thread.
class token_verifier {
 public:
  token_verifier(const secret& key, token_rule rule, std::size_t remembered_max = 1000)
      : key_(key), rule_(std::move(rule)), remembered_max_(remembered_max) {}

  /// Whom a good token stood for at that version of the users' table. Kept with the token for the
  /// authenticator, which alone reads and writes it.
  struct known_caller {
    principal_ptr who;
    std::uint64_t version = 0;
  };
  struct verdict {
    const token_claims* claims = nullptr;  // null: refused; both are valid until the next check
    known_caller* caller = nullptr;
    token_refusal why = token_refusal::none;
  };
  verdict check(std::string_view token, std::int64_t now_s);

 private:
  struct remembered {
    std::string token;
    token_claims claims;
    known_caller caller;
  };
  remembered* recall(std::string_view token);
  remembered* remember(std::string_view token, token_claims claims);

  token_mac key_;
  token_rule rule_;
  std::size_t remembered_max_;
  std::list<remembered> recent_;  // most recent first
  std::unordered_map<std::string_view, std::list<remembered>::iterator> known_;  // views `recent_`
};

}  // namespace stellwerk
