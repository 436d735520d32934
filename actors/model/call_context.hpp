#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/model/codec_scalars.hpp"
#include "actors/model/permissions.hpp"

namespace stellwerk {

enum class principal_kind : std::uint8_t { nobody, user, service, device, node };
BOOST_DESCRIBE_ENUM(principal_kind, nobody, user, service, device, node)

/// Whom a credential stands for. Shared by all requests made with it until the rights change.
struct principal {
  principal_kind kind = principal_kind::nobody;
  std::string id = {};    // UUID; empty for nobody
  std::string name = {};  // for the journal
  grants given = {};
  std::string token_id = {};  // `jti`, and the log-in family `sid`, of a log-in token; else empty
  std::string family_id = {};
  std::int64_t token_expires_s = 0;  // `exp`
};
using principal_ptr = std::shared_ptr<const principal>;
principal_ptr nobody();

/// Who asks for what, from where and until when: made once by the gateway, the first field of each
/// message that changes something or must be authorised by the owner of an object.
struct call_context {
  principal_ptr caller = nobody();  // never null
  std::string address;              // of the client, by the trusted-proxy rule
  std::string request_id;
  std::string cause;            // what made this happen, like `command/<id>`; empty for people
  std::string route;            // id of the route: part of the idempotency key
  std::string idempotency_key;  // empty: none given
  std::string body_hash;        // SHA-256 of path, query and body, hexadecimal
  std::optional<std::uint64_t> if_match;  // revision the caller has seen
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};
using context_ptr = std::shared_ptr<const call_context>;

/// Does not travel: across a link it is rebuilt from the frame.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, context_ptr&) {
  return f();
}

namespace json {
template <>
inline constexpr bool hidden<context_ptr> = true;
}

}  // namespace stellwerk
