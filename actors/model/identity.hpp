#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/call_context.hpp"
#include "actors/model/codec.hpp"

/// Users, log-ins and tokens: what is asked and answered.
namespace stellwerk {

using user_name = text<3, 50, charset::user>;
using password_text = text<1, 400, charset::any>;

struct role_grant {
  std::string role;
  std::string scope = "*";
};
BOOST_DESCRIBE_STRUCT(role_grant, (), (role, scope))

struct token_pair {
  std::string access_token;
  std::string refresh_token;
  std::string token_type = "bearer";
  std::uint32_t expires_in = 0;  // seconds
};
BOOST_DESCRIBE_STRUCT(token_pair, (), (access_token, refresh_token, token_type, expires_in))

struct me_view {
  std::string id;
  std::string username;
  std::string email;
  std::vector<role_grant> roles;
  std::vector<std::string> permissions;
};
BOOST_DESCRIBE_STRUCT(me_view, (), (id, username, email, roles, permissions))

/// First start only: makes the first administrator.
struct complete_setup {
  context_ptr context;
  text<1, 100, charset::name> setup_token;
  user_name username;
  password_text password;
  text<0, 254> email;
};
BOOST_DESCRIBE_STRUCT(complete_setup, (), (context, setup_token, username, password, email))
struct log_in {
  context_ptr context;
  text<0, 254> username;  // one of the two
  text<0, 254> email;
  password_text password;
};
BOOST_DESCRIBE_STRUCT(log_in, (), (context, username, email, password))
struct refresh_login {
  context_ptr context;
  text<1, 4096> refresh_token;
};
BOOST_DESCRIBE_STRUCT(refresh_login, (), (context, refresh_token))
/// Ends the log-in of the context's token: the access token and its whole family.
struct log_out {
  context_ptr context;
};
BOOST_DESCRIBE_STRUCT(log_out, (), (context))
struct read_me {
  context_ptr context;
};
BOOST_DESCRIBE_STRUCT(read_me, (), (context))

}  // namespace stellwerk
