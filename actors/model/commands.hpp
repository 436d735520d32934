#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/devices.hpp"

/// Commands: one wanted effect, one deadline, exactly one final outcome.
namespace stellwerk {

/// Persistent by name. The last six are final.
enum class command_status : std::uint8_t {
  accepted,
  queued,
  sent,
  acknowledged,
  verified,
  done,
  refused,
  expired,
  superseded,
  failed,
};
BOOST_DESCRIBE_ENUM(
    command_status, accepted, queued, sent, acknowledged, verified, done, refused, expired,
    superseded, failed
)
constexpr bool is_final(command_status s) { return s >= command_status::verified; }

struct status_at {
  command_status status{};
  wall_time at{};
};
BOOST_DESCRIBE_STRUCT(status_at, (), (status, at))

/// As stored (`command-open/<device id>/<id>` until final, then `command/<device id>/<id>`) and as
/// answered.
struct command_record {
  std::string id;  // UUID v7
  std::string device_id;
  std::string device;  // its name when accepted
  std::string channel;
  stellwerk::value value;
  bool verify = true;
  command_status status{};
  std::string outcome_code;  // why it ended as it did: `device_deleted`, `unknown_effect`, …
  std::string detail;        // for people
  std::optional<stellwerk::value> read_back;
  wall_time created_at{};
  wall_time expires_at{};
  std::string requested_by;  // `user/<id>`
  std::string cause;
  std::string request_id;
  std::vector<status_at> history;
};
BOOST_DESCRIBE_STRUCT(
    command_record, (),
    (id, device_id, device, channel, value, verify, status, outcome_code, detail, read_back,
     created_at, expires_at, requested_by, cause, request_id, history)
)
/// `record` is `status` from `at` on.
inline void note(command_record& record, command_status status, wall_time at) {
  record.status = status;
  record.history.push_back({status, at});
}
struct command_page {
  std::vector<command_record> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(command_page, (), (items, next_cursor))

/// Answered once the command is accepted and durable, not when it is carried out.
struct send_command {
  context_ptr context;
  device_ref device;
  stellwerk::channel_name channel;
  stellwerk::value value;
  bounded<std::uint32_t, 100, 86'400'000> expires_in_ms = 10'000;
  std::optional<bool> verify;  // absent: as the channel says
};
BOOST_DESCRIBE_STRUCT(send_command, (), (context, device, channel, value, expires_in_ms, verify))
/// Answered when the command is final, or after `within_ms` with what it is then.
struct await_outcome {
  context_ptr context;
  std::string id;
  std::uint32_t within_ms = 0;
};
BOOST_DESCRIBE_STRUCT(await_outcome, (), (context, id, within_ms))
struct read_command {
  context_ptr context;
  text<36, 36, charset::name> id;
};
BOOST_DESCRIBE_STRUCT(read_command, (), (context, id))
struct cancel_command {
  context_ptr context;
  text<36, 36, charset::name> id;
};
BOOST_DESCRIBE_STRUCT(cancel_command, (), (context, id))
/// Newest first.
struct list_commands {
  context_ptr context;
  device_ref device;
  std::optional<command_status> status;
  std::optional<text<0, 100>> channel;
  bounded<std::uint32_t, 1, 1000> limit = 100;
  std::optional<text<0, 200>> cursor;
};
BOOST_DESCRIBE_STRUCT(list_commands, (), (context, device, status, channel, limit, cursor))

}  // namespace stellwerk
