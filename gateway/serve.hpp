#pragma once

#include <caf/typed_actor.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "actors/access/authenticator.hpp"
#include "gateway/client_address.hpp"
#include "gateway/console.hpp"
#include "gateway/options.hpp"
#include "gateway/reply_port.hpp"
#include "gateway/route_meters.hpp"
#include "gateway/router.hpp"
#include "gateway/services.hpp"

namespace stellwerk::gateway {

/// Lets pass what the gateway answers itself, so that it is limited like the rest.
struct pass_gate {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pass_gate&) {
  return f();
}
using gate_actor = caf::typed_actor<caf::replies_to<pass_gate>::with<void>>;

/// The life of a request on one I/O thread, without sockets. Each step once, in this order: peer
/// and host → route → authenticate → permission in any scope → fields of the head → body, decoded
/// with all problems → limiter → target → answer. What fails before the limiter is charged, and
/// refused over the limit, all the same; health and the console's files alone are free. For one
/// thread; nothing here waits but the coroutines of rows.
class request_desk {
 public:
  request_desk(const gateway_options& options, const services& all, reply_port& port);
  ~request_desk();
  request_desk(const request_desk&) = delete;
  request_desk& operator=(const request_desk&) = delete;

  head_verdict judge(const http_request& request);

  // --- for streams
  /// Only loopback until there is an administrator; only hosts that are ours.
  std::optional<http_answer> refuse_peer(const http_request& request);
  std::shared_ptr<call> begin(const route& row, const http_request& request, parameters in_path);
  /// Authenticates: fills the caller's part of `c.context`.
  std::optional<http_answer> refuse_caller(call& c);
  /// Refuses `c` with `answer`, or over the limit with 429: a refusal costs like an answer.
  head_verdict refuse(std::shared_ptr<call> c, http_answer answer);
  /// What every answer gets on its way out: origin, limits, counters, a log line if refused.
  http_answer finish(const call& c, http_answer answer);

  // --- for rows
  const services& all() const { return all_; }
  const gateway_options& options() const { return options_; }
  const address_ranges& trusted_proxies() const { return trusted_; }
  reply_port& port() { return port_; }
  published<named_channel>::reader& names() { return names_; }
  authenticator& tokens() { return tokens_; }
  const gate_actor& gate() const { return gate_; }

  /// A place among the exports of this thread, as long as the answer lives; null: all are taken.
  std::shared_ptr<void> begin_export();

  /// What the limiter is to charge for `c`. `principal_key` empty: the address alone.
  admit ticket(const call& c, std::string principal_key) const;

 private:
  std::optional<http_answer> recall_refusal(const call& c);
  std::shared_ptr<call> begin_without_row(const http_request& request);
  head_verdict judge_route(const http_request& request);
  head_verdict judge_nowhere(const http_request& request, std::string allowed);
  head_verdict judge_file(const http_request& request, const console_file& file);
  net::awaitable<http_answer> serve(std::shared_ptr<call> c, std::optional<std::string> body);
  net::awaitable<http_answer> charge(std::shared_ptr<call> c, http_answer answer);
  net::awaitable<http_answer> run(call& c);
  void remember_refusal(const call& c);
  bool setup_required() const { return !all_.access->administrator; }

  const gateway_options options_;
  const services all_;
  const address_ranges trusted_;
  const std::vector<std::string> hosts_;
  reply_port& port_;
  authenticator tokens_;
  published<named_channel>::reader names_;
  router router_;
  route_meters meters_;
  gate_actor gate_;
  const std::chrono::steady_clock::time_point started_;

  static constexpr long exports_max = 4;
  std::shared_ptr<char> exports_;  // one more owner an export

  static constexpr std::size_t refusals_max = 10'000;
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> refused_until_;
};

}  // namespace stellwerk::gateway
