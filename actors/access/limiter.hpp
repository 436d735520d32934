#pragma once

#include <caf/actor.hpp>
#include <caf/message.hpp>
#include <caf/typed_actor.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/model/codec.hpp"

namespace stellwerk {

/// Classes of requests with a limit of their own. Each route row names one.
enum class rate_class : std::uint8_t { none, standard, write, login, session, ws_connect, ingest };
BOOST_DESCRIBE_ENUM(rate_class, none, standard, write, login, session, ws_connect, ingest)

/// What the gateway tells in `RateLimit-*` and `Retry-After`. Filled by the limiter before it
/// passes the request on or refuses it; read by the gateway after the answer.
struct limit_note {
  std::uint32_t limit = 0;
  std::uint32_t remaining = 0;
  std::uint32_t reset_s = 0;        // until the window is empty
  std::uint32_t retry_after_s = 0;  // > 0: refused
};

/// A request on its way through a limiter shard. `request` is one message for `target`, which
/// answers the asker directly.
struct admit {
  rate_class kind = rate_class::standard;
  std::string address_key;    // normalised client address (IPv6: its /64)
  std::string principal_key;  // empty before authentication
  std::uint32_t cost = 1;     // points of class ingest, else 1
  std::shared_ptr<limit_note> note;
  caf::actor target;
  caf::message request;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, admit&) {
  return f();
}

/// A request that failed before it got to `admit` (401, 403, 400, 422): charged all the same.
struct charge {
  rate_class kind = rate_class::standard;
  std::string address_key;
};
BOOST_DESCRIBE_STRUCT(charge, (), (kind, address_key))

/// One shard: owns the windows of the keys that hash to it. Charges the address, then hands on to
/// the principal's shard (itself or another), which charges and delegates to the target. Refuses
/// with `over_limit`, the note filled.
using limiter_actor =
    caf::typed_actor<caf::replies_to<admit>::with<caf::message>, caf::reacts_to<charge>>;

}  // namespace stellwerk
