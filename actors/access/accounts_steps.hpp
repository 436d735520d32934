#pragma once

#include <caf/typed_response_promise.hpp>
#include <functional>

#include "actors/access/accounts.hpp"

/// The parts of `accounts`, a file each; nobody else includes this.
namespace stellwerk {

using accounts_pointer = metered<accounts_actor, accounts_state>*;
using pair_promise = caf::typed_response_promise<token_pair>;

// accounts_load.cpp
void load_accounts(accounts_pointer self);
/// Into memory and, for requests to come, into the access table.
void admit_user(accounts_state& state, const std::string& id, account who);

// accounts_log_in.cpp
caf::result<token_pair> set_up(accounts_pointer self, const complete_setup& what);
caf::result<token_pair> log_in_user(accounts_pointer self, const log_in& what);

// accounts_refresh.cpp
void refresh(accounts_pointer self, refresh_login what, pair_promise asked, int tries_left);
caf::result<void> log_out_user(accounts_pointer self, const log_out& what);
void prune(accounts_pointer self);

// accounts.cpp
using when_done = std::function<void(const committed&)>;
using when_refused = std::function<void(caf::error)>;
/// One of the two is called. A refusal is the store's own word, nothing was written; if the outcome
/// is unknown, `refused` is told so and the actor quits.
void commit_then(accounts_pointer self, commit what, when_done done, when_refused refused);
caf::error unauthenticated(accounts_pointer self, std::string_view reason);
std::int64_t now_s(accounts_pointer self);

}  // namespace stellwerk
