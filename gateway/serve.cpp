#include "gateway/serve.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/access/address.hpp"
#include "gateway/ask_row.hpp"
#include "gateway/cors.hpp"
#include "gateway/deadlines.hpp"
#include "gateway/health.hpp"
#include "gateway/request_head.hpp"
#include "monitoring/metered.hpp"

namespace stellwerk::gateway {

namespace {

struct gate_state {
  static inline const char* name = "gate";
  static constexpr std::size_t mailbox_max = 10'000;
};
gate_actor::behavior_type open_gate(metered<gate_actor, gate_state>*) {
  return {[](const pass_gate&) -> caf::result<void> { return caf::unit; }};
}

std::vector<std::string> names_of(std::vector<std::string> configured) {
  boost::system::error_code ec;
  auto own = net::ip::host_name(ec);
  if (!ec) configured.push_back(std::move(own));
  return configured;
}

std::string refusal_key(const call& c) {
  return to_word(c.row.words.limit) + ' ' + c.address_key + ' ' + c.context->principal_id;
}

}  // namespace

request_desk::request_desk(const gateway_options& options, const services& all, reply_port& port)
    : options_(options),
      all_(all),
      trusted_(ranges_from(options.trusted_proxies)),
      hosts_(names_of(options.allowed_hosts)),
      port_(port),
      tokens_(all.keys, all.rule, all.access, all.tools),
      users_(all.access->users),
      names_(all.names->by_name),
      router_(all_routes()),
      meters_(*all.tools.numbers, all_routes()),
      gate_(all.system.spawn(open_gate)),
      started_(steady_now()) {}

request_desk::~request_desk() { caf::anon_send_exit(gate_, caf::exit_reason::user_shutdown); }

head_verdict request_desk::judge(const http_request& request) {
  auto start = steady_now();
  if (auto refused = refuse_peer(request))
    return finish(request, nullptr, start, std::move(*refused));
  if (auto health = health_answer(request.path(), all_, setup_required(), start - started_)) {
    meters_.count("health", health->status, 0);
    return std::move(*health);
  }
  if (auto* file = find_console_file(request.path())) return judge_file(request, *file);
  return judge_route(request);
}

head_verdict request_desk::judge_route(const http_request& request) {
  auto start = steady_now();
  if (request.target == "*")
    return finish(request, nullptr, start, options_answer(request, {}, "GET, HEAD, OPTIONS"));
  auto found = router_.find(request.method, request.path());
  if (found.row == nullptr) {
    auto& allowed = found.allowed;
    auto refused = allowed.empty() ? problem_answer(errc::not_found, request.request_id)
                   : request.method == http_method::options
                       ? options_answer(request, options_.allowed_origins, allowed)
                       : problem_answer(http_errc::method_not_allowed, request.request_id);
    if (refused.status == 405) refused.fields.push_back({"Allow", std::move(allowed)});
    return finish(request, nullptr, start, std::move(refused));
  }
  auto c = begin(*found.row, request, std::move(found.in_path));
  auto& words = c->row.words;
  if (auto refused = refuse_caller(*c)) {
    charge_early(*c);
    return finish(request, c.get(), start, std::move(*refused));
  }
  c->context->deadline = start + words.within;
  if (auto refused = recall_refusal(*c))
    return finish(request, c.get(), start, std::move(*refused));
  if (auto refused = refuse_head(*c)) {
    charge_early(*c);
    return finish(request, c.get(), start, std::move(*refused));
  }
  body_wanted wanted;
  wanted.bytes_max = c->row.has_body() ? words.body_bytes_max : 0;
  wanted.run = [this, c, start](std::string body) {
    c->body = std::move(body);
    return serve(c, start);
  };
  return wanted;
}

net::awaitable<http_answer> request_desk::serve(
    std::shared_ptr<call> c, std::chrono::steady_clock::time_point start
) {
  if (!c->context->idempotency_key.empty()) c->context->body_hash = hash_of(c->request, c->body);
  auto& open = all_.tools.numbers->questions_open;
  open.Increment();
  auto answer = co_await c->row.run(*c);
  open.Decrement();
  if (answer.status == 429) remember_refusal(*c);
  co_return finish(c->request, c.get(), start, std::move(answer));
}

std::shared_ptr<call> request_desk::begin(
    const route& row, const http_request& request, parameters in_path
) {
  auto made = std::make_shared<call>(call{
      *this, row, request, std::move(in_path), {}, {}, {}, {}, {}, row.words.success});
  made->address = client_address(request, trusted_);
  made->address_key = limit_key(made->address);
  made->note = std::make_shared<limit_note>();
  return made;
}

std::optional<http_answer> request_desk::refuse_caller(call& c) {
  auto& needs = c.row.words.needs;
  auto request_id = std::string_view{c.request.request_id};
  if (needs.kind() == requirement::level::nothing)
    c.context = std::make_shared<call_context>();
  else
    c.context = tokens_.check(bearer_token(c.request)).context;
  if (!c.context) return problem_answer(errc::unauthenticated, request_id);
  c.context->address = c.address;
  c.context->request_id = request_id;
  c.context->route = c.row.words.id;
  if (needs.kind() == requirement::level::permission && !allowed(c.context->given, needs.wanted()))
    return problem_answer(errc::forbidden, request_id);
  return {};
}

/// Media type, coding and the conditional fields: all that can be judged without the body.
std::optional<http_answer> request_desk::refuse_head(call& c) {
  auto& request = c.request;
  if (auto wrong = head_problems(request, c.row.has_body(), *c.context); wrong) {
    auto refused = refused_answer(c, wrong);
    return refused;
  }
  return {};
}

std::optional<http_answer> request_desk::refuse_peer(const http_request& request) {
  if (setup_required() && !is_loopback(request.peer))
    return problem_answer(errc::forbidden, request.request_id);
  if (request.count("host") != 0 && !is_own_host(request.field("host"), hosts_))
    return problem_answer(http_errc::misdirected, request.request_id);
  return {};
}

head_verdict request_desk::judge_file(const http_request& request, const console_file& file) {
  if (request.method == http_method::get || request.method == http_method::head) {
    auto answer = console_answer(file, request);
    meters_.count("console", answer.status, 0);
    return answer;
  }
  auto refused = problem_answer(http_errc::method_not_allowed, request.request_id);
  refused.fields.push_back({"Allow", "GET, HEAD"});
  return refused;
}

admit request_desk::ticket(const call& c, std::string principal_key) const {
  admit made;
  made.kind = c.row.words.limit;
  made.address_key = c.address_key;
  made.note = c.note;
  if (!principal_key.empty())
    made.principal_shard = caf::actor_cast<caf::actor>(all_.limiters.of(principal_key));
  made.principal_key = std::move(principal_key);
  return made;
}

void request_desk::charge_early(const call& c) {
  charge what;
  what.kind = c.row.words.limit;
  what.address_key = c.address_key;
  caf::anon_send(all_.limiters.of(c.address_key), std::move(what));
}

std::optional<http_answer> request_desk::recall_refusal(const call& c) {
  if (refused_until_.empty()) return {};
  auto found = refused_until_.find(refusal_key(c));
  if (found == refused_until_.end()) return {};
  auto left = std::chrono::ceil<std::chrono::seconds>(found->second - steady_now()).count();
  if (left <= 0) {
    refused_until_.erase(found);
    return {};
  }
  auto refused = problem_answer(errc::over_limit, c.request.request_id);
  refused.fields.push_back({"Retry-After", std::to_string(left)});
  return refused;
}

/// Bounded: at the cap those that have passed go, and if none has, all do: the limiter still knows.
void request_desk::remember_refusal(const call& c) {
  if (!c.note || c.note->retry_after_s == 0) return;
  auto now = steady_now();
  if (refused_until_.size() >= refusals_max)
    std::erase_if(refused_until_, [=](auto& one) { return one.second <= now; });
  if (refused_until_.size() >= refusals_max) refused_until_.clear();
  refused_until_[refusal_key(c)] = now + std::chrono::seconds{c.note->retry_after_s};
}

http_answer request_desk::finish(
    const http_request& request, const call* c, std::chrono::steady_clock::time_point start,
    http_answer answer
) {
  add_origin_fields(answer, request, options_.allowed_origins);
  if (c != nullptr && c->note && c->note->limit > 0) {
    answer.fields.push_back({"RateLimit-Limit", std::to_string(c->note->limit)});
    answer.fields.push_back({"RateLimit-Remaining", std::to_string(c->note->remaining)});
    answer.fields.push_back({"RateLimit-Reset", std::to_string(c->note->reset_s)});
  }
  std::chrono::duration<double> took = steady_now() - start;
  auto id = c != nullptr ? c->row.words.id : std::string_view{"none"};
  meters_.count(id, answer.status, took.count());
  if (answer.status >= 400) {
    auto level = answer.status >= 500 ? severity::warning : severity::info;
    auto known = c != nullptr && c->context;
    all_.tools.lines->write(
        level, "request.refused",
        {{"route", id},
         {"status", std::int64_t{answer.status}},
         {"request_id", std::string_view{request.request_id}},
         {"principal", known ? std::string_view{c->context->principal_id} : std::string_view{}},
         {"address", std::string_view{request.peer}}}
    );
  }
  return answer;
}

/// No administrator yet: asked at each request until there is one.
bool request_desk::setup_required() {
  if (set_up_) return false;
  users_.for_each([this](const std::string&, const access_user& user) {
    for (auto& one : user.roles) set_up_ = set_up_ || (one.role == "admin" && user.enabled);
  });
  return !set_up_;
}

}  // namespace stellwerk::gateway
