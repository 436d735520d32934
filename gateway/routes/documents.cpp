#include "gateway/ask_row.hpp"
#include "gateway/openapi.hpp"

namespace stellwerk::gateway {

struct read_openapi {
  context_ptr context;
};
BOOST_DESCRIBE_STRUCT(read_openapi, (), (context))

namespace {

net::awaitable<caf::expected<json_text>> tell_openapi(call& c, read_openapi) {
  auto passed = co_await pass(c);
  if (!passed) co_return passed.error();
  static const auto document = openapi_document(all_routes());
  json_text told{document};
  co_return told;
}

constexpr route table[] = {
    compute_row<read_openapi, json_text, tell_openapi>(
        {.id = "readOpenapi",
         .method = http_method::get,
         .path = "/api/v1/openapi.json",
         .summary = "This API",
         .needs = any_log_in,
         .limit = rate_class::standard}
    ),
};

}  // namespace

route_table document_routes() { return table; }

}  // namespace stellwerk::gateway
