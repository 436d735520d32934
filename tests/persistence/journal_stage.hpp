#pragma once

#include "actors/model/call_context.hpp"

namespace stellwerk {

inline constexpr wall_time journal_start{std::chrono::milliseconds{1'700'000'000'000}};

/// Somebody with a built-in role.
inline context_ptr journal_caller(std::string_view role, std::string scope = "*") {
  call_context context;
  grants given{{permissions_of(role), std::move(scope)}};
  context.caller =
      std::make_shared<principal>(principal{principal_kind::user, "7", "ada", std::move(given)});
  return std::make_shared<const call_context>(context);
}

}  // namespace stellwerk
