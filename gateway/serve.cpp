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

/// Of requests that no table knows.
constexpr route no_row{
    {.id = "none",
     .method = http_method::get,
     .path = "",
     .summary = "",
     .needs = nothing,
     .limit = rate_class::standard}};

std::string refusal_key(const call& c) {
  return to_word(c.row.words.limit) + ' ' + c.address_key + ' ' + c.context->caller->id;
}

}  // namespace

request_desk::request_desk(const gateway_options& options, const services& all, reply_port& port)
    : options_(options),
      all_(all),
      trusted_(ranges_from(options.trusted_proxies)),
      hosts_(names_of(options.allowed_hosts)),
      port_(port),
      tokens_(all.keys, all.rule, all.access, all.tools),
      names_(all.names->by_name),
      router_(all_routes()),
      meters_(*all.tools.numbers, all_routes()),
      gate_(all.system.spawn(open_gate)),
      started_(steady_now()),
      exports_(std::make_shared<char>()) {}

request_desk::~request_desk() { caf::anon_send_exit(gate_, caf::exit_reason::user_shutdown); }

head_verdict request_desk::judge(const http_request& request) {
  if (auto refused = refuse_peer(request))
    return refuse(begin_without_row(request), std::move(*refused));
  auto up = steady_now() - started_;
  if (auto health = health_answer(request.path(), all_, setup_required(), up)) {
    meters_.count("health", health->status, 0);
    return std::move(*health);
  }
  if (auto* file = find_console_file(request.path())) return judge_file(request, *file);
  return judge_route(request);
}

head_verdict request_desk::judge_route(const http_request& request) {
  auto found = router_.find(request.method, request.path());
  if (found.row == nullptr) return judge_nowhere(request, std::move(found.allowed));
  auto c = begin(*found.row, request, std::move(found.in_path));
  auto& words = c->row.words;
  if (auto refused = refuse_caller(*c)) return refuse(std::move(c), std::move(*refused));
  c->context->deadline = c->started + words.within;
  if (auto refused = recall_refusal(*c)) return finish(*c, std::move(*refused));
  if (auto wrong = head_problems(request, c->row.has_body(), words.also_takes, *c->context)) {
    auto refused = refused_answer(*c, wrong);
    return refuse(std::move(c), std::move(refused));
  }
  body_wanted wanted;
  wanted.bytes_max = c->row.has_body() ? words.body_bytes_max : 0;
  wanted.run = [this, c](std::optional<std::string> body) { return serve(c, std::move(body)); };
  return wanted;
}

/// The path is none of the table's, or knows other methods only.
head_verdict request_desk::judge_nowhere(const http_request& request, std::string allowed) {
  auto c = begin_without_row(request);
  if (request.target == "*") return finish(*c, options_answer(request, {}, "GET, HEAD, OPTIONS"));
  if (allowed.empty()) return refuse(c, problem_answer(errc::not_found, request.request_id));
  if (request.method == http_method::options)
    return finish(*c, options_answer(request, options_.allowed_origins, std::move(allowed)));
  auto refused = problem_answer(http_errc::method_not_allowed, request.request_id);
  refused.fields.push_back({"Allow", std::move(allowed)});
  return refuse(std::move(c), std::move(refused));
}

head_verdict request_desk::refuse(std::shared_ptr<call> c, http_answer answer) {
  if (auto refused = recall_refusal(*c)) return finish(*c, std::move(*refused));
  answer_wanted wanted;
  wanted.run = [this, c, answer = std::move(answer)] { return charge(c, answer); };
  return wanted;
}

net::awaitable<http_answer> request_desk::charge(std::shared_ptr<call> c, http_answer answer) {
  auto charging = charged(*c, {});
  auto over_limit = co_await std::move(charging);
  if (over_limit) {
    answer = refused_answer(*c, over_limit);
    remember_refusal(*c);
  }
  co_return finish(*c, std::move(answer));
}

net::awaitable<http_answer> request_desk::serve(
    std::shared_ptr<call> c, std::optional<std::string> body
) {
  if (!body) {
    auto too_large = problem_answer(errc::too_large, c->request.request_id);
    auto charging = charge(c, std::move(too_large));
    co_return co_await std::move(charging);
  }
  c->body = std::move(*body);
  if (!c->context->idempotency_key.empty()) c->context->body_hash = hash_of(c->request, c->body);
  auto running = run(*c);
  auto answer = co_await std::move(running);
  if (answer.status == 429) remember_refusal(*c);
  co_return finish(*c, std::move(answer));
}

/// A row that throws is our mistake: its caller is answered, the others are served on.
net::awaitable<http_answer> request_desk::run(call& c) {
  struct counted {
    gauge& level;
    explicit counted(gauge& open) : level(open) { level.Increment(); }
    ~counted() { level.Decrement(); }
  } open{all_.tools.numbers->questions_open};
  std::string why;
  try {
    auto running = c.row.run(c);
    co_return co_await std::move(running);
  } catch (const std::exception& thrown) {
    why = thrown.what();
  }
  all_.tools.lines->error(
      "request.failed", {{"route", c.row.words.id},
                         {"request_id", std::string_view{c.request.request_id}},
                         {"why", std::string_view{why}}}
  );
  c.note = nullptr;
  co_return problem_answer(errc::internal, c.request.request_id);
}

std::shared_ptr<call> request_desk::begin(
    const route& row, const http_request& request, parameters in_path
) {
  auto made = std::make_shared<call>(call{
      *this, row, request, std::move(in_path), {}, {}, {}, {}, {}, row.words.success, steady_now()}
  );
  made->address = client_address(request, trusted_);
  made->address_key = limit_key(made->address);
  made->note = std::make_shared<limit_note>();
  return made;
}

std::shared_ptr<call> request_desk::begin_without_row(const http_request& request) {
  auto made = begin(no_row, request, {});
  refuse_caller(*made);  // nobody: the row is public
  return made;
}

std::optional<http_answer> request_desk::refuse_caller(call& c) {
  auto& needs = c.row.words.needs;
  auto request_id = std::string_view{c.request.request_id};
  auto is_public = needs.kind() == requirement::level::nothing;
  if (!is_public) c.context = tokens_.check(bearer_token(c.request)).context;
  auto known = c.context != nullptr;
  if (!known) c.context = std::make_shared<call_context>();
  c.context->address = c.address;
  c.context->request_id = request_id;
  c.context->route = c.row.words.id;
  if (!known && !is_public) return problem_answer(errc::unauthenticated, request_id);
  if (needs.kind() == requirement::level::permission &&
      !allowed(c.context->caller->given, needs.wanted()))
    return problem_answer(errc::forbidden, request_id);
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
  return judge_nowhere(request, "GET, HEAD");
}

std::shared_ptr<void> request_desk::begin_export() {
  return exports_.use_count() <= exports_max ? exports_ : nullptr;
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
/// Not of public rows: there, the refusal may be of the account that is tried, not of the address.
void request_desk::remember_refusal(const call& c) {
  if (c.row.words.needs.kind() == requirement::level::nothing) return;
  if (!c.note || c.note->retry_after_s == 0) return;
  auto now = steady_now();
  if (refused_until_.size() >= refusals_max)
    std::erase_if(refused_until_, [=](auto& one) { return one.second <= now; });
  if (refused_until_.size() >= refusals_max) refused_until_.clear();
  refused_until_[refusal_key(c)] = now + std::chrono::seconds{c.note->retry_after_s};
}

http_answer request_desk::finish(const call& c, http_answer answer) {
  add_origin_fields(answer, c.request, options_.allowed_origins);
  if (c.note && c.note->limit > 0) {
    answer.fields.reserve(answer.fields.size() + 3);
    answer.fields.push_back({"RateLimit-Limit", std::to_string(c.note->limit)});
    answer.fields.push_back({"RateLimit-Remaining", std::to_string(c.note->remaining)});
    answer.fields.push_back({"RateLimit-Reset", std::to_string(c.note->reset_s)});
  }
  std::chrono::duration<double> took = steady_now() - c.started;
  meters_.count(c.row.words.id, answer.status, took.count());
  if (answer.status >= 400) {
    auto level = answer.status >= 500 ? severity::warning : severity::info;
    all_.tools.lines->write(
        level, "request.refused",
        {{"route", c.row.words.id},
         {"status", std::int64_t{answer.status}},
         {"request_id", std::string_view{c.request.request_id}},
         {"principal", std::string_view{c.context->caller->id}},
         {"address", std::string_view{c.address}}}
    );
  }
  return answer;
}

}  // namespace stellwerk::gateway
