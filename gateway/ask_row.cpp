#include "gateway/ask_row.hpp"

#include <algorithm>

#include "actors/model/json.hpp"

namespace stellwerk::gateway {

namespace bj = boost::json;

namespace {

bool writes(const call& c) { return c.row.words.method != http_method::get; }

bool is_ours(const caf::error& why) {
  return why.category() == caf::detail::error_factory<errc>::category;
}

/// Is `name` one of the comma-separated `words`?
bool lists(std::string_view words, std::string_view name) {
  bool found = false;
  for_each_word(words, [&](std::string_view word) { found = found || word == name; });
  return found;
}

/// With a body, a query may hold only what the row names: nothing else is read from two places.
void refuse_strays(const call& c, const parameters& query, json::reader& found) {
  for (auto& [name, text] : query)
    if (!lists(c.row.words.in_query, name))
      found.inside(name, [&] { found.report("unknown_field", "is no query field", "the body"); });
}

void refuse_query_only(const call& c, const bj::object& body, json::reader& found) {
  for (auto& member : body)
    if (std::string_view name{member.key().data(), member.key().size()};
        lists(c.row.words.in_query, name))
      found.inside(name, [&] { found.report("unknown_field", "belongs in the query", "query"); });
}

}  // namespace

caf::expected<bj::object> gathered(
    const call& c, const std::vector<field_shape>& shapes, json::reader& found
) {
  auto query = query_parameters(c.request.query());
  if (!query) return refuse(errc::invalid, std::string{"The query is malformed"});
  bj::object all;
  add_parameters(all, c.in_path, shapes, found);
  if (c.row.has_body()) refuse_strays(c, *query, found);
  add_parameters(all, *query, shapes, found);
  if (c.body.empty()) return all;
  problem why;
  auto body = json::parse(c.body, why);
  if (!body) return refuse(errc::bad_json, problems{std::move(why)});
  if (!body->is_object()) {
    json::wrong_type(*body, "an object", found);
  } else if (c.row.has_patch) {
    all.emplace("patch", std::move(*body));
  } else {
    refuse_query_only(c, body->get_object(), found);
    add_members(all, body->get_object(), found);
  }
  return all;
}

http_answer made_answer(const call& c, std::string body, std::string etag, std::string location) {
  if (body.size() > c.row.words.answer_bytes_max) {
    refusal why{errc::too_large, "The answer is too large: ask for less", {}};
    return problem_answer(why, c.request.request_id);
  }
  http_answer made{.status = c.status};
  if (body.empty()) {
    made.status = 204;
    return made;
  }
  made.type = "application/json";
  made.body = std::move(body);
  made.fields.reserve(8);  // with those of limits and origin: one piece of memory
  if (!etag.empty()) made.fields.push_back({"ETag", std::move(etag)});
  if (!location.empty()) made.fields.push_back({"Location", std::move(location)});
  return made;
}

http_answer refused_answer(call& c, const caf::error& why) {
  auto retry_later = errc::busy;
  auto unknown = writes(c) ? errc::outcome_unknown : retry_later;
  if (is_ours(why) && !is(why, errc::outcome_unknown)) {
    auto refused = refusal_of(why);
    if (refused.code == errc::over_limit) refused.detail = row_of(errc::over_limit).title;
    auto made = problem_answer(refused, c.request.request_id);
    if (refused.code == errc::over_limit) {
      auto by_limiter = c.note ? c.note->retry_after_s : 0;
      auto retry_after_s = std::max({refused.retry_after_s, by_limiter, std::uint32_t{1}});
      made.fields.push_back({"Retry-After", std::to_string(retry_after_s)});
    }
    return made;
  }
  // Nobody may still write to the note: its request is lost, perhaps on its way to the limiter.
  c.note = nullptr;
  auto certainly_not_done = why == caf::make_error(caf::sec::request_receiver_down);
  if (!certainly_not_done)
    c.desk.all().tools.lines->warn(
        "request.lost", {{"route", c.row.words.id},
                         {"request_id", std::string_view{c.request.request_id}},
                         {"why", std::string_view{render(why)}}}
    );
  return problem_answer(certainly_not_done ? retry_later : unknown, c.request.request_id);
}

net::awaitable<caf::expected<void>> pass(call& c, std::uint32_t cost) {
  auto ticket = c.desk.ticket(c, c.context->caller->id);
  ticket.cost = cost;
  pass_gate what;
  auto& shard = c.desk.all().limiters.of(c.address_key);
  auto asked =
      ask_through(c.desk.port(), shard, std::move(ticket), c.desk.gate(), c.row.words.within, what);
  co_return co_await std::move(asked);
}

net::awaitable<caf::error> charged(call& c, caf::error wrong) {
  std::uint32_t cost = 1;
  if (c.row.words.limit == rate_class::ingest)
    cost += static_cast<std::uint32_t>(c.body.size() / 1024);
  auto passing = pass(c, cost);
  auto passed = co_await std::move(passing);
  if (passed) co_return wrong;
  if (is(passed.error(), errc::over_limit)) co_return passed.error();
  c.note = nullptr;  // lost: somebody may still write to it
  co_return wrong;
}

}  // namespace stellwerk::gateway
