#pragma once

#include <caf/actor.hpp>
#include <caf/message.hpp>
#include <caf/typed_actor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/codec.hpp"
#include "monitoring/metered.hpp"

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
  std::string address_key;     // `limit_key` of the client's address
  std::string principal_key;   // empty before authentication; class login: the account tried
  caf::actor principal_shard;  // where `principal_key` lives: `limiter_shards::of`
  std::uint32_t cost = 1;      // points of class ingest, else 1
  std::shared_ptr<limit_note> note;
  caf::actor target;
  caf::message request;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, admit&) {
  return f();
}

/// One shard: owns the windows of the keys that hash to it. Charges the address, then hands on to
/// the principal's shard (itself or another), which charges and delegates to the target. Refuses
/// with `over_limit`, the note filled. Class ingest is charged to the principal alone, since many
/// devices may share an address.
using limiter_actor = caf::typed_actor<
    caf::replies_to<admit>::with<caf::message>,
    caf::reacts_to<caf::atom_constant<caf::atom("sweep")>>>;

/// What a request is charged to.
enum class key_kind : std::uint8_t { address, principal };

/// Requests of a class in any 60 s, for each address and each principal; 0: no limit.
struct limit_options {
  using requests = bounded<std::uint32_t, 0, 100'000>;
  requests default_ = 300;
  requests write = 100;
  requests session = 30;
  requests login = 5;
  requests ws_connect = 30;
  bounded<std::uint32_t, 1, 100'000> auth_per_second = 10;  // log-in and session, by address
  bounded<std::uint32_t, 1, 100'000> auth_burst = 20;
  bounded<std::uint32_t, 1, 10'000'000> points_per_second = 1000;  // class ingest
  bounded<std::uint32_t, 1, 10'000'000> points_burst = 5000;
  bounded<std::uint32_t, 1000, 10'000'000> keys_max = 1'000'000;  // over all shards
  bounded<std::uint32_t, 1, 4096> memory_mib = 64;
};
BOOST_DESCRIBE_STRUCT(
    limit_options, (),
    (default_, write, session, login, ws_connect, auth_per_second, auth_burst, points_per_second,
     points_burst, keys_max, memory_mib)
)

class limit_table;
struct limiter_state {
  static inline const char* name = "limiter";
  static constexpr std::size_t mailbox_max = 10'000;
  limiter_state();
  ~limiter_state();
  std::unique_ptr<limit_table> table;
};

/// One of `shards` equal shards. Its handlers stay below 200 µs, so it may run on an I/O thread.
limiter_actor::behavior_type limiter(
    metered<limiter_actor, limiter_state>* self, limit_options options, std::size_t shards,
    metrics_ptr numbers
);

/// All shards of a node, for those who ask.
struct limiter_shards {
  std::vector<limiter_actor> all;

  const limiter_actor& of(std::string_view key) const {
    return all[std::hash<std::string_view>{}(key) % all.size()];
  }
};

}  // namespace stellwerk
