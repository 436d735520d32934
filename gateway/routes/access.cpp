#include "gateway/ask_row.hpp"

namespace stellwerk::gateway {

namespace {

constexpr auto accounts = &services::accounts;
constexpr std::size_t credentials_bytes_max = 16'384;
constexpr std::chrono::seconds hash_within{20};  // a full queue of password hashes

net::awaitable<caf::expected<me_view>> tell_me(call& c, read_me) {
  auto passed = co_await pass(c);
  if (!passed) co_return passed.error();
  auto mine = c.desk.tokens().me(c.context->caller->id);
  if (!mine) co_return refuse(errc::unauthenticated);
  co_return std::move(*mine);
}

constexpr route table[] = {
    ask_row<complete_setup, accounts>(
        {.id = "completeSetup",
         .method = http_method::post,
         .path = "/api/v1/auth/setup",
         .summary = "Make the first administrator, with the token of the data folder",
         .needs = nothing,
         .limit = rate_class::login,
         .body_bytes_max = credentials_bytes_max,
         .within = hash_within}
    ),
    ask_row<log_in, accounts>(
        {.id = "logIn",
         .method = http_method::post,
         .path = "/api/v1/auth/login",
         .summary = "Tokens for a user name or e-mail address and a password",
         .needs = nothing,
         .limit = rate_class::login,
         .body_bytes_max = credentials_bytes_max,
         .within = hash_within}
    ),
    ask_row<refresh_login, accounts>(
        {.id = "refreshLogin",
         .method = http_method::post,
         .path = "/api/v1/auth/refresh",
         .summary = "New tokens for a refresh token, which is spent by it",
         .needs = nothing,
         .limit = rate_class::session,
         .body_bytes_max = credentials_bytes_max}
    ),
    ask_row<log_out, accounts>(
        {.id = "logOut",
         .method = http_method::post,
         .path = "/api/v1/auth/logout",
         .summary = "End this log-in everywhere",
         .needs = any_log_in,
         .limit = rate_class::session}
    ),
    compute_row<read_me, me_view, tell_me>(
        {.id = "readMe",
         .method = http_method::get,
         .path = "/api/v1/auth/me",
         .summary = "Who the caller is, and what they may do",
         .needs = any_log_in,
         .limit = rate_class::standard}
    ),
};

}  // namespace

route_table access_routes() { return table; }

}  // namespace stellwerk::gateway
