#include "gateway/cors.hpp"

#include <algorithm>

namespace stellwerk::gateway {

bool is_listed_origin(const http_request& request, const std::vector<std::string>& origins) {
  auto origin = request.field("origin");
  return !origin.empty() && std::ranges::find(origins, origin) != origins.end();
}

void add_origin_fields(
    http_answer& answer, const http_request& request, const std::vector<std::string>& origins
) {
  if (!is_listed_origin(request, origins)) return;
  answer.fields.push_back({"Access-Control-Allow-Origin", std::string{request.field("origin")}});
  answer.fields.push_back(
      {"Access-Control-Expose-Headers",
       "X-Request-ID, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, ETag, "
       "Location"}
  );
}

http_answer options_answer(
    const http_request& request, const std::vector<std::string>& origins, std::string methods
) {
  http_answer made{.status = 204};
  made.fields.push_back({"Allow", std::move(methods)});
  if (request.count("access-control-request-method") == 0) return made;
  if (!is_listed_origin(request, origins))
    return problem_answer(errc::forbidden, request.request_id);
  made.fields.push_back({"Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE"});
  made.fields.push_back(
      {"Access-Control-Allow-Headers",
       "Authorization, Content-Type, X-API-Key, X-Request-ID, Idempotency-Key, If-Match"}
  );
  made.fields.push_back({"Access-Control-Max-Age", "600"});
  return made;
}

}  // namespace stellwerk::gateway
