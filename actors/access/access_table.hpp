#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/access/published.hpp"
#include "actors/model/identity.hpp"

namespace stellwerk {

/// What the gateway must know of a user to let a request in, without asking anybody.
struct access_user {
  std::string name;
  std::string email;
  std::vector<role_grant> roles;
  grants given;
  bool enabled = true;
  std::int64_t not_before_s = 0;  // tokens issued before are dead (seconds since 1970)
};

/// Written by `accounts` and `revocations` only, before a change is answered.
struct access_table {
  published<access_user> users;     // by user id
  published<std::int64_t> revoked;  // by `jti` or family id → `exp` of the youngest such token
  std::atomic<bool> administrator = false;  // someone may administer: else only loopback is served
};
using access_table_ptr = std::shared_ptr<access_table>;

}  // namespace stellwerk
