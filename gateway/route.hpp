#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/access/limiter.hpp"
#include "actors/model/call_context.hpp"
#include "actors/model/permissions.hpp"
#include "gateway/http.hpp"
#include "gateway/parameters.hpp"

/// What an endpoint is: one row of a table.
namespace stellwerk::gateway {

class request_desk;
struct route;

/// Who may call a route.
class requirement {
 public:
  enum class level : std::uint8_t { nothing, log_in, permission };
  constexpr requirement(stellwerk::permission wanted)
      : level_(level::permission), wanted_(wanted) {}
  constexpr explicit requirement(level l) : level_(l) {}
  constexpr level kind() const { return level_; }
  /// REQUIRES: kind() is permission.
  constexpr stellwerk::permission wanted() const { return wanted_; }

 private:
  level level_;
  stellwerk::permission wanted_{};
};
inline constexpr requirement nothing{requirement::level::nothing};
inline constexpr requirement any_log_in{requirement::level::log_in};

/// One request on its way through its route; lives until it is answered.
struct call {
  request_desk& desk;
  const route& row;
  const http_request& request;
  parameters in_path;
  std::shared_ptr<call_context> context;  // never null; not changed once a row runs
  std::string address;                    // of the client
  std::string address_key;                // what it is charged as
  std::shared_ptr<limit_note> note;
  std::string body;
  int status = 200;
  std::chrono::steady_clock::time_point started;
};

/// What people write for an endpoint. Fields without a default must be written: leaving one out
/// does not compile.
struct route_words {
  std::string_view id;
  http_method method;
  std::string_view path;  // `/api/v1/devices/{device}`: the names are fields of the request struct
  std::string_view summary;
  requirement needs;
  rate_class limit;

  int success = 200;                 // 204 where the answer is void
  std::string_view location = {};    // of what was made: `{id}` is a field of the answer
  std::string_view in_query = {};    // fields that come by query though there is a body
  std::string_view also_takes = {};  // a media type of the body beside JSON
  std::string_view answers = {};     // media types of the answer, by commas; empty: JSON
  std::size_t body_bytes_max = 65'536;
  std::size_t answer_bytes_max = 8 << 20;
  std::chrono::milliseconds within{10'000};  // for the answer of the actor
};

/// A row with what `ask` and `compute` derive from its request struct.
struct route {
  route_words words;
  net::awaitable<http_answer> (*run)(call&) = nullptr;
  const std::vector<field_shape>& (*fields)() = nullptr;
  std::string (*request_schema)() = nullptr;
  std::string (*answer_schema)() = nullptr;  // empty: no content
  bool has_patch = false;                    // the body as a whole is the field `patch`

  bool has_body() const {
    return words.method == http_method::post || words.method == http_method::put ||
           words.method == http_method::patch;
  }
};
using route_table = std::span<const route>;

/// All tables, one a noun.
route_table access_routes();
route_table device_routes();
route_table command_routes();
route_table sample_routes();
route_table export_routes();
route_table journal_routes();
route_table backup_routes();
route_table document_routes();
std::vector<const route*> all_routes();

}  // namespace stellwerk::gateway
