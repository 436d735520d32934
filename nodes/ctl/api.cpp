#include "nodes/ctl/api.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "actors/model/identity.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk::ctl {

namespace {

namespace bj = boost::json;

constexpr auto default_server = "http://127.0.0.1:8080";
constexpr std::chrono::seconds renewal_max{20};

bj::value parsed(const std::string& body) {
  if (body.empty()) return nullptr;
  problem why;
  auto value = json::parse(body, why, {.bytes = 64u << 20u, .depth = 64});
  if (!value) throw unreachable("the server's answer is no JSON: is this a Stellwerk server?");
  return *value;
}

std::string member(const bj::value& object, const char* name) {
  if (!object.is_object()) return {};
  auto* found = object.get_object().if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
}

std::string problem_text(int status, const std::string& body) {
  problem why;
  auto told = json::parse(body, why);
  if (!told || !told->is_object()) return "the server answered " + std::to_string(status);
  auto text = member(*told, "detail") + " (" + member(*told, "code") + ")";
  if (auto* errors = told->get_object().if_contains("errors"); errors && errors->is_array())
    for (auto& one : errors->get_array())
      text += "\n  " + member(one, "path") + ": " + member(one, "message") + ", wants " +
              member(one, "expected");
  return text;
}

void refuse_unless_good(const http_reply& reply) {
  if (reply.status == 401) throw refused_by_server(401, "not logged in: use `stellwerk login`");
  if (reply.status >= 400)
    throw refused_by_server(reply.status, problem_text(reply.status, reply.body));
}

}  // namespace

std::string encoded(const std::string& text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

api::api(api_options options) : options_(std::move(options)) {
  auto known = load_login(login_path());
  auto here = known && (options_.server.empty() || options_.server == known->server);
  if (here) login_ = *known;
  if (!here) login_.server = options_.server.empty() ? default_server : options_.server;
}

void api::log_in(const std::string& username, const std::string& password) {
  bj::object body{{"username", username}, {"password", password}};
  login_.access_token.clear();
  auto reply = send("POST", "/api/v1/auth/login", json::to_text(body), "");
  if (reply.status != 200)
    throw refused_by_server(reply.status, problem_text(reply.status, reply.body));
  login_.username = username;
  keep(parsed(reply.body));
}

void api::keep(const bj::value& pair) {
  login_.access_token = member(pair, "access_token");
  login_.refresh_token = member(pair, "refresh_token");
  login_.renewal_key = uuid_v4();
  save_login(login_path(), login_);
}

/// A refresh token is good for once: a second use is taken for theft and ends the log-in. Hence the
/// lock, and a key that makes a repetition after a lost answer harmless.
bool api::renew() {
  if (login_.refresh_token.empty()) return false;
  login_lock alone{login_path(), renewal_max};
  if (auto now = load_login(login_path()); now && now->server == login_.server) {
    auto renewed = now->refresh_token != login_.refresh_token;
    login_ = *now;
    if (renewed) return true;
  }
  auto before = std::exchange(login_.access_token, {});
  bj::object body{{"refresh_token", login_.refresh_token}};
  auto reply = send("POST", "/api/v1/auth/refresh", json::to_text(body), login_.renewal_key);
  if (reply.status == 401) return false;
  login_.access_token = before;
  if (reply.status != 200)
    throw refused_by_server(reply.status, problem_text(reply.status, reply.body));
  keep(parsed(reply.body));
  return true;
}

http_call api::call_to(
    const std::string& method, const std::string& path, const std::string& body,
    const std::string& key
) const {
  http_call what{.method = method, .target = path, .body = body, .headers = {}};
  if (!login_.access_token.empty())
    what.headers.emplace_back("Authorization", "Bearer " + login_.access_token);
  if (!key.empty()) what.headers.emplace_back("Idempotency-Key", key);
  what.within = std::chrono::seconds{45};
  return what;
}

http_reply api::send(
    const std::string& method, const std::string& path, const std::string& body,
    const std::string& key
) {
  auto what = call_to(method, path, body, key);
  return call(parse_server(login_.server), options_.ca_file, what);
}

void api::download(const std::string& path, const body_sink& sink) {
  auto get = [&] {
    auto what = call_to("GET", path, "", "");
    return ctl::download(parse_server(login_.server), options_.ca_file, what, sink);
  };
  auto reply = get();
  if (reply.status == 401 && renew()) reply = get();
  refuse_unless_good(reply);
}

bj::value api::request(
    const std::string& method, const std::string& path, const std::string& body,
    const std::string& key
) {
  auto reply = send(method, path, body, key);
  if (reply.status == 401 && renew()) reply = send(method, path, body, key);
  refuse_unless_good(reply);
  return parsed(reply.body);
}

bj::value api::health() {
  auto reply = send("GET", "/health", "", "");
  auto told = parsed(reply.body);
  if (member(told, "status").empty())
    throw refused_by_server(reply.status, problem_text(reply.status, reply.body));
  return told;
}

bj::array api::read_all(const std::string& path, std::size_t most) {
  bj::array all;
  std::string cursor;
  do {
    auto separator = path.find('?') == path.npos ? '?' : '&';
    auto page = read(cursor.empty() ? path : path + separator + "cursor=" + encoded(cursor));
    for (auto& item : page.at("items").get_array()) {
      if (all.size() == most) return all;
      all.push_back(item);
    }
    cursor = member(page, "next_cursor");
  } while (!cursor.empty() && all.size() < most);
  return all;
}

}  // namespace stellwerk::ctl
