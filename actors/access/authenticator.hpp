#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "actors/access/access_table.hpp"
#include "actors/access/token_verifier.hpp"
#include "monitoring/log.hpp"

namespace stellwerk {

/// A token's text → who calls, without asking anybody. One object per I/O thread; used by HTTP and
/// WebSockets alike. What it knows of users and revocations is at most one request old.
class authenticator {
 public:
  authenticator(const token_keys& keys, token_rule rule, access_table_ptr access, instruments tools)
      : tokens_(keys.access, std::move(rule)),
        access_(std::move(access)),
        users_(access_->users),
        revoked_(access_->revoked),
        tools_(std::move(tools)) {}

  struct verdict {
    std::shared_ptr<call_context> context;  // principal and token filled in; null: refused
    token_refusal why = token_refusal::none;
  };
  /// Every refusal is the same 401 outside; `why` is counted here and may be logged.
  verdict check(std::string_view token);

  std::optional<me_view> me(std::string_view user_id);

 private:
  token_refusal check_user(const access_user* user, std::int64_t issued_s) const;
  std::int64_t now_s() const;

  token_verifier tokens_;
  access_table_ptr access_;
  published<access_user>::reader users_;
  published<std::int64_t>::reader revoked_;
  instruments tools_;
};

}  // namespace stellwerk
