#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/model/identity.hpp"
#include "persistence/repository.hpp"

/// What the store keeps of people and their log-ins.
namespace stellwerk {

struct user_document {
  std::string username;
  std::string email;
  std::string password;  // see password_hash.hpp
  std::vector<role_grant> roles;
  bool enabled = true;
  std::int64_t not_before_s = 0;
  wall_time created_at{};
};
BOOST_DESCRIBE_STRUCT(
    user_document, (), (username, email, password, roles, enabled, not_before_s, created_at)
)

/// A user name in lower case belongs to one user.
struct name_document {
  std::string user;
};
BOOST_DESCRIBE_STRUCT(name_document, (), (user))

/// A log-in and all that was refreshed from it. Its tokens are not kept: they can be made again
/// from family, generation and time.
struct login_document {
  std::string user;
  std::string address;
  wall_time created_at{};
  wall_time issued_at{};  // of the present pair
  std::uint64_t generation = 1;
  std::string previous_jti;  // of the refresh token that the present pair replaced
  std::string repeat_key;    // SHA-256 of the Idempotency-Key of that request; empty: none
};
BOOST_DESCRIBE_STRUCT(
    login_document, (), (user, address, created_at, issued_at, generation, previous_jti, repeat_key)
)

/// `expires_s`: the `exp` of the youngest token that this stands for.
struct revoked_document {
  std::int64_t expires_s = 0;
  std::int64_t revoked_s = 0;
};
BOOST_DESCRIBE_STRUCT(revoked_document, (), (expires_s, revoked_s))

inline constexpr repository<user_document> user_records{"user"};
inline constexpr repository<name_document> user_name_records{"user-name"};
inline constexpr repository<login_document> login_records{"login"};        // by family
inline constexpr repository<revoked_document> revoked_records{"revoked"};  // by jti or family
inline constexpr repository<name_document> setup_records{"setup"};         // `first`: setup is over

}  // namespace stellwerk
