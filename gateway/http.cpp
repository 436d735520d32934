#include "gateway/http.hpp"

#include <algorithm>
#include <array>

#include "actors/model/json.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::array<std::string_view, 7> method_names{"GET",   "HEAD",   "POST",   "PUT",
                                                       "PATCH", "DELETE", "OPTIONS"};

struct http_errc_row {
  int status;
  std::string_view name;
  std::string_view title;
};
/// Indexed by http_errc.
constexpr std::array<http_errc_row, 9> http_errc_table{{
    {400, "bad_request", "The bytes are not a valid HTTP request"},
    {421, "misdirected", "This server does not answer for that host"},
    {405, "method_not_allowed", "The path does not know this method"},
    {414, "target_too_long", "The target is too long"},
    {417, "expectation_failed", "The expectation is not known"},
    {426, "upgrade_required", "The path speaks WebSocket version 13 only"},
    {431, "fields_too_large", "The header fields are too large"},
    {501, "method_unknown", "The method is not known"},
    {505, "version_unknown", "The version of HTTP is not known"},
}};

http_answer problem_of(
    int status, std::string_view code, std::string_view title, std::string_view detail,
    std::string_view request_id, const problems& errors
) {
  http_answer made{.status = status, .type = "application/problem+json"};
  auto& out = made.body;
  auto member = [&](std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    json::write_text(out, value);
  };
  out = R"({"type":"about:blank","status":)" + std::to_string(status);
  member("title", title);
  member("detail", detail);
  member("code", code);
  member("request_id", request_id);
  out += R"(,"errors":[)";
  for (auto& one : errors) {
    if (&one != errors.data()) out += ',';
    out += R"({"path":)";
    json::write_text(out, one.path);
    member("code", one.code);
    member("message", one.message);
    member("expected", one.expected);
    out += '}';
  }
  out += "]}";
  return made;
}

}  // namespace

std::string_view name_of(http_method method) {
  return method_names[static_cast<std::size_t>(method)];
}

std::optional<http_method> method_from(std::string_view name) {
  auto found = std::ranges::find(method_names, name);
  if (found == method_names.end()) return {};
  return static_cast<http_method>(found - method_names.begin());
}

std::string_view http_request::query() const {
  auto at = target.find('?');
  return at == target.npos ? std::string_view{} : std::string_view{target}.substr(at + 1);
}

std::string_view http_request::field(std::string_view name) const {
  std::string_view value;
  for (auto& one : fields) {
    if (one.name != name) continue;
    if (value.data() != nullptr) return {};
    value = one.value;
  }
  return value;
}

std::size_t http_request::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count(fields, name, &http_field::name));
}

int status_of(http_errc code) { return http_errc_table[static_cast<std::size_t>(code)].status; }

http_answer problem_answer(const refusal& why, std::string_view request_id) {
  auto& row = row_of(why.code);
  auto made = problem_of(row.status, row.name, row.title, why.detail, request_id, why.errors);
  if (row.status == 401) made.fields.push_back({"WWW-Authenticate", "Bearer"});
  if (row.status == 503) made.fields.push_back({"Retry-After", "1"});
  if (row.status == 507) made.fields.push_back({"Retry-After", "10"});
  return made;
}

http_answer problem_answer(http_errc code, std::string_view request_id) {
  auto& row = http_errc_table[static_cast<std::size_t>(code)];
  return problem_of(row.status, row.name, row.title, row.title, request_id, {});
}

}  // namespace stellwerk::gateway
