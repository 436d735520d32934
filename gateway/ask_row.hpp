#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <type_traits>

#include "gateway/ask.hpp"
#include "gateway/route.hpp"
#include "gateway/serve.hpp"

/// Rows from request structs: what a table is written with.
namespace stellwerk::gateway {

/// Path, query and body of `c` as one object; `bad_json` if the body is none.
caf::expected<boost::json::object> gathered(
    const call& c, const std::vector<field_shape>& shapes, json::reader& found
);
/// 204, or the object with `ETag`, `Location` and the row's status.
http_answer made_answer(const call& c, std::string body, std::string etag, std::string location);
/// The answer to an error, wherever it came from; lost answers by what they may have done.
http_answer refused_answer(call& c, const caf::error& why);

/// Whom a request is charged to beside its address: its principal, or the account it tries.
template <class Request>
std::string principal_key_of(const call& c, const Request& what) {
  if constexpr (requires { what.username, what.email, what.password; })
    return json::lower(what.username.empty() ? what.email.str() : what.username.str());
  else
    return c.context->caller->id;
}

template <class Request>
caf::error decode(const call& c, Request& out) {
  json::reader found;
  auto object = gathered(c, shapes_of<Request>(), found);
  if (!object) return object.error();
  json::codec<Request>::read(std::move(*object), out, found);
  if (auto wrong = found.take(); !wrong.empty()) return refuse(errc::invalid, std::move(wrong));
  if constexpr (requires { out.context = c.context; }) out.context = c.context;
  return {};
}

/// `{id}` in a row's `location` is a text member of the answer, or else a name of the path.
template <class Answer>
std::string location_of(const call& c, const Answer& what) {
  std::string made{c.row.words.location};
  auto put = [&](std::string_view name, const std::string& text) {
    auto at = made.find('{' + std::string{name} + '}');
    if (at != made.npos) made.replace(at, name.size() + 2, text);
  };
  if (made.empty()) return made;
  if constexpr (described_struct<Answer>)
    json::for_each_member(what, [&](std::string_view name, auto& member) {
      if constexpr (requires { put(name, member); }) put(name, member);
    });
  for (auto& [name, text] : c.in_path) put(name, text);
  return made;
}

inline constexpr std::size_t body_bytes_usual = 512;

template <class Answer>
http_answer told(call& c, const Answer& what) {
  std::string etag;
  if constexpr (requires { what.revision; }) etag = '"' + std::to_string(what.revision) + '"';
  std::string body;
  body.reserve(body_bytes_usual);
  json::write(body, what);
  return made_answer(c, std::move(body), std::move(etag), location_of(c, what));
}

/// Sends `what` through the limiter to `target`.
template <class Request, class Target>
auto ask_limited(call& c, const Target& target, Request what) {
  auto ticket = c.desk.ticket(c, principal_key_of(c, what));
  auto& shard = c.desk.all().limiters.of(c.address_key);
  auto within = c.row.words.within;
  return ask_through(c.desk.port(), shard, std::move(ticket), target, within, std::move(what));
}

/// Charges `c` for what the gateway does itself; `cost` points for class ingest.
net::awaitable<caf::expected<void>> pass(call& c, std::uint32_t cost = 1);
/// What to answer to a request that is `wrong`, which is charged like a good one; of class ingest,
/// a point a KiB. Over the limit it is that, else `wrong`.
net::awaitable<caf::error> charged(call& c, caf::error wrong);

template <class Request, auto Target>
net::awaitable<http_answer> run_ask(call& c) {
  Request what;
  if (auto wrong = decode(c, what)) {
    auto charging = charged(c, std::move(wrong));
    auto told = co_await std::move(charging);
    co_return refused_answer(c, told);
  }
  auto asked = ask_limited(c, c.desk.all().*Target, std::move(what));
  auto answer = co_await std::move(asked);
  if (!answer) co_return refused_answer(c, answer.error());
  if constexpr (std::is_same_v<std::decay_t<decltype(answer)>, reply<void>>)
    co_return made_answer(c, "", "", "");
  else
    co_return told(c, *answer);
}

template <class Request, auto Function>
net::awaitable<http_answer> run_compute(call& c) {
  Request what;
  if (auto wrong = decode(c, what)) {
    auto charging = charged(c, std::move(wrong));
    auto told = co_await std::move(charging);
    co_return refused_answer(c, told);
  }
  auto computed = Function(c, std::move(what));
  auto answer = co_await std::move(computed);
  if (!answer) co_return refused_answer(c, answer.error());
  if constexpr (std::is_same_v<std::decay_t<decltype(*answer)>, http_answer>)
    co_return std::move(*answer);
  else
    co_return told(c, *answer);
}

template <class Request>
inline constexpr bool has_patch = requires(Request r) {
  r.patch;
};

template <class Answer>
std::string schema_of() {
  if constexpr (std::is_void_v<Answer> || std::is_same_v<Answer, http_answer>)
    return {};
  else
    return json::schema<Answer>();
}

/// A request that an actor answers: `Target` names a handle of `services`.
template <class Request, auto Target>
constexpr route ask_row(route_words words) {
  using target = std::decay_t<decltype(std::declval<const services&>().*Target)>;
  return {
      words,
      &run_ask<Request, Target>,
      &shapes_of<Request>,
      &json::schema<Request>,
      &schema_of<answer_of<target, Request>>,
      has_patch<Request>};
}

/// A request that `Function(call&, Request) → awaitable<expected<Answer>>` answers; it calls
/// `pass` or `ask_limited` before it does anything. An `http_answer` is sent as it is: the row
/// names its media types.
template <class Request, class Answer, auto Function>
constexpr route compute_row(route_words words) {
  return {
      words,
      &run_compute<Request, Function>,
      &shapes_of<Request>,
      &json::schema<Request>,
      &schema_of<Answer>,
      has_patch<Request>};
}

}  // namespace stellwerk::gateway
