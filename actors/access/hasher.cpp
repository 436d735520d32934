#include "actors/access/hasher.hpp"

#include "actors/access/password_hash.hpp"

namespace stellwerk {

hasher_actor::behavior_type hasher(metered<hasher_actor, hasher_state>*) {
  return {
      [](const hash_password_now& what) {
        return hash_password(what.password.reveal(), what.cost);
      },
      [](const check_password& what) {
        password_verdict told;
        told.right = password_matches(what.password.reveal(), what.record);
        if (told.right && cost_of(what.record) < what.cost)
          told.better_record = hash_password(what.password.reveal(), what.cost);
        return told;
      }};
}

}  // namespace stellwerk
