#pragma once

#include <caf/typed_actor.hpp>

#include "actors/model/identity.hpp"

namespace stellwerk {

/// Principals and their log-ins: setup, log-in, refresh, log-out. Owns users, families and the
/// setup token; publishes the access table before it answers. Password hashes run elsewhere.
using accounts_actor = caf::typed_actor<
    caf::replies_to<complete_setup>::with<token_pair>, caf::replies_to<log_in>::with<token_pair>,
    caf::replies_to<refresh_login>::with<token_pair>, caf::replies_to<log_out>::with<void>>;

}  // namespace stellwerk
