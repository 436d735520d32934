#pragma once

#include <caf/typed_actor.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/access/hasher.hpp"
#include "actors/access/login_delays.hpp"
#include "actors/access/login_families.hpp"
#include "actors/access/revocations.hpp"
#include "actors/access/setup_token.hpp"
#include "actors/access/token_issuer.hpp"
#include "monitoring/log.hpp"
#include "monitoring/metered.hpp"

namespace stellwerk {

/// Answered when users and revocations are in the access table: listen after that.
struct await_accounts {
  bool setup_required = false;  // in the answer: nobody may administer yet
};
BOOST_DESCRIBE_STRUCT(await_accounts, (), (setup_required))

/// Principals and their log-ins: setup, log-in, refresh, log-out. Owns users, families, the setup
/// token and the token blacklist; publishes the access table before it answers. Password hashes
/// run elsewhere. Until the store is read everything is refused `not_ready`. When the store leaves
/// an outcome unknown it answers so and quits: whoever starts it again makes it read the store.
using accounts_actor = caf::typed_actor<
    caf::replies_to<complete_setup>::with<token_pair>, caf::replies_to<log_in>::with<token_pair>,
    caf::replies_to<refresh_login>::with<token_pair>, caf::replies_to<log_out>::with<void>,
    caf::replies_to<await_accounts>::with<await_accounts>,
    caf::reacts_to<caf::atom_constant<caf::atom("prune")>>>;

/// Section `auth`.
struct auth_options {
  bounded<std::uint32_t, 1, 1440> access_token_minutes = 30;
  bounded<std::uint32_t, 1, 30> refresh_token_days = 7;
};
BOOST_DESCRIBE_STRUCT(auth_options, (), (access_token_minutes, refresh_token_days))
token_lifetimes lifetimes_of(const auth_options& options);
/// What the gateway takes for an access token of this installation.
token_rule access_rule(const auth_options& options, std::string issuer);

struct accounts_options {
  std::string issuer;  // id of the installation
  auth_options auth;
  bounded<std::uint32_t, 4, 15> hash_cost = 12;  // below 12 in tests only
  /// Where the setup token is written while there is no administrator.
  std::filesystem::path setup_file;
  /// A user `demo` with password `demo`, role viewer, for log-ins from loopback. Never stored.
  bool demo = false;
};

/// Who accounts works with. `hashers`: one or more.
struct accounts_surroundings {
  store_actor store;
  caf::typed_actor<caf::replies_to<scan>::with<documents>> reader;
  std::vector<hasher_actor> hashers;
  token_keys keys;
  access_table_ptr access;
  instruments tools;
};

struct account {
  user_document user;
  std::uint64_t revision = 0;  // 0: in memory only
  bool loopback_only = false;
};

struct accounts_state {
  static inline const char* name = "accounts";
  static constexpr std::size_t mailbox_max = 1000;

  accounts_options options;
  accounts_surroundings around;
  std::unique_ptr<token_issuer> issuer;
  std::unique_ptr<revocations> revoked;
  std::unordered_map<std::string, account> users;    // by id
  std::unordered_map<std::string, std::string> ids;  // by name or e-mail in lower case
  login_families families;
  login_delays delays;
  std::optional<setup_token> setup;
  std::int64_t newest_stored_s = 0;
  std::size_t next_hasher = 0;
  bool loaded = false;
  std::vector<caf::typed_response_promise<await_accounts>> waiting;
};

accounts_actor::behavior_type accounts(
    metered<accounts_actor, accounts_state>* self, accounts_options options,
    accounts_surroundings around
);

}  // namespace stellwerk
