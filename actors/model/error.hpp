#pragma once

#include <array>
#include <boost/describe.hpp>
#include <caf/error.hpp>
#include <caf/make_message.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/describe.hpp"

namespace stellwerk {

/// Every way a request can be refused. The numbers travel between nodes: append only.
enum class errc : std::uint8_t {
  bad_json = 1,
  unauthenticated,
  forbidden,
  not_found,
  name_taken,
  conflict,
  idempotency_conflict,
  already_done,
  disabled,
  stale_revision,
  too_large,
  unsupported_type,
  invalid,
  out_of_range,
  not_writable,
  not_pushed,
  precondition_required,
  over_limit,
  internal,
  busy,
  not_ready,
  device_down,
  outcome_unknown,
  storage_full,
  not_a_login_token,
};

struct errc_row {
  errc code;
  std::string_view name;   // what clients compare
  int status;              // HTTP
  std::string_view title;  // what people read when nothing more exact is known
};

inline constexpr std::array errc_table{
    errc_row{errc::bad_json, "bad_json", 400, "The body is not valid JSON"},
    errc_row{errc::unauthenticated, "unauthenticated", 401, "Invalid or missing credentials"},
    errc_row{errc::forbidden, "forbidden", 403, "Insufficient permissions"},
    errc_row{errc::not_found, "not_found", 404, "No such object"},
    errc_row{errc::name_taken, "name_taken", 409, "The name is taken"},
    errc_row{errc::conflict, "conflict", 409, "The object's state does not allow this"},
    errc_row{
        errc::idempotency_conflict, "idempotency_conflict", 409,
        "The idempotency key was used with another body"},
    errc_row{errc::already_done, "already_done", 409, "Done before; its secret is shown once"},
    errc_row{errc::disabled, "disabled", 409, "The object is disabled"},
    errc_row{errc::stale_revision, "stale_revision", 412, "The object was changed meanwhile"},
    errc_row{errc::too_large, "too_large", 413, "The request is too large"},
    errc_row{errc::unsupported_type, "unsupported_type", 415, "The media type is not supported"},
    errc_row{errc::invalid, "invalid", 422, "The request breaks a rule"},
    errc_row{errc::out_of_range, "out_of_range", 422, "The value is outside the channel's range"},
    errc_row{errc::not_writable, "not_writable", 422, "The channel is an input"},
    errc_row{errc::not_pushed, "not_pushed", 422, "The channel is polled, not pushed"},
    errc_row{errc::precondition_required, "precondition_required", 428, "If-Match is required"},
    errc_row{errc::over_limit, "over_limit", 429, "Rate limit exceeded"},
    errc_row{errc::internal, "internal_error", 500, "Unexpected failure"},
    errc_row{errc::busy, "busy", 503, "Too much waits already; try again"},
    errc_row{errc::not_ready, "not_ready", 503, "The node is starting or stopping; try again"},
    errc_row{errc::device_down, "device_down", 503, "The device does not answer"},
    errc_row{
        errc::outcome_unknown, "outcome_unknown", 504,
        "The outcome is unknown; ask again with the same Idempotency-Key"},
    errc_row{errc::storage_full, "storage_full", 507, "The storage is full"},
    errc_row{errc::not_a_login_token, "not_a_login_token", 400, "Only a log-in can be ended"},
};
static_assert(
    [] {
      for (std::size_t i = 0; i < errc_table.size(); ++i)
        if (static_cast<std::size_t>(errc_table[i].code) != i + 1) return false;
      return true;
    }(),
    "errc_table is indexed by code"
);

constexpr const errc_row& row_of(errc code) {
  return errc_table[static_cast<std::size_t>(code) - 1];
}

/// One thing that is wrong with what a client sent. `path` is like `channels[1].address.register`,
/// empty for the whole body; `code` is one of required, unknown_field, wrong_type, out_of_range,
/// too_short, too_long, bad_format, duplicate or an errc name.
struct problem {
  std::string path;
  std::string code;
  std::string message;
  std::string expected;
};
BOOST_DESCRIBE_STRUCT(problem, (), (path, code, message, expected))
using problems = std::vector<problem>;

/// For the log only: code and context. Clients get the row of the table instead.
std::string render(const caf::error& why);

/// What an answer to a client is made of. Anything but our own codes is `internal`.
struct refusal {
  errc code = errc::internal;
  std::string detail;  // the context's text, else the row's title
  problems errors;
  std::uint32_t retry_after_s = 0;  // 0: nobody knows
};
refusal refusal_of(const caf::error& why);

}  // namespace stellwerk

CAF_ERROR_CODE_ENUM(stellwerk::errc, "stellwerk")

namespace stellwerk {

inline caf::error refuse(errc code) { return caf::make_error(code); }
/// `detail` is shown to the client: nothing of the inside belongs there.
inline caf::error refuse(errc code, std::string detail) {
  return caf::make_error(code, std::move(detail));
}
inline caf::error refuse(errc code, problems errors) {
  return caf::make_error(code, std::move(errors));
}
/// `over_limit` until then.
inline caf::error refuse(errc code, std::chrono::seconds retry_after) {
  return caf::make_error(code, static_cast<std::uint32_t>(retry_after.count()));
}
inline bool is(const caf::error& why, errc code) { return why == caf::make_error(code); }
/// Not a refusal of ours: nobody knows whether what was asked for is done.
inline bool lost(const caf::error& why) { return !is(why, refusal_of(why).code); }

}  // namespace stellwerk
