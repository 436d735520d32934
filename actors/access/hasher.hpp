#pragma once

#include <caf/typed_actor.hpp>
#include <string>

#include "actors/access/secret.hpp"
#include "monitoring/metered.hpp"

namespace stellwerk {

/// Answered with the record to keep.
struct hash_password_now {
  secret password;
  std::uint32_t cost = 12;
};
/// Compares; if it is right and was kept at a lower cost, also makes the record to keep from now
/// on.
struct check_password {
  secret password;
  std::string record;
  std::uint32_t cost = 12;
};
struct password_verdict {
  bool right = false;
  std::string better_record;  // empty: the record is as it should be
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, hash_password_now&) {
  return f();
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, check_password&) {
  return f();
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, password_verdict& x) {
  return f(x.right);
}

/// Does bcrypt, which takes a fifth of a second: spawned detached, one or a few a node. With 64
/// waiting, further ones are refused `busy`.
using hasher_actor = caf::typed_actor<
    caf::replies_to<hash_password_now>::with<std::string>,
    caf::replies_to<check_password>::with<password_verdict>>;

struct hasher_state {
  static inline const char* name = "hasher";
  static constexpr std::size_t mailbox_max = 64;
};
hasher_actor::behavior_type hasher(metered<hasher_actor, hasher_state>* self);

}  // namespace stellwerk
