#include "gateway/ask_row.hpp"

namespace stellwerk::gateway {

/// A command and how long its caller waits for the outcome.
struct post_command {
  json::flat<send_command> command;
  bounded<std::uint32_t, 0, 30'000> wait_ms = 0;
};
BOOST_DESCRIBE_STRUCT(post_command, (), (command, wait_ms))

namespace {

constexpr auto devices = &services::devices;

/// Two questions: accepted and durable, with the 202 in hand; then the outcome. Whatever goes wrong
/// with the second, the command stays accepted.
net::awaitable<caf::expected<command_record>> send_and_wait(call& c, post_command what) {
  auto& command = what.command.fields;
  command.context = c.context;
  auto asked = ask_limited(c, c.desk.all().devices, std::move(command));
  auto accepted = co_await std::move(asked);
  auto wait_ms = std::uint32_t{what.wait_ms};
  if (!accepted || wait_ms == 0 || is_final(accepted->status)) {
    if (accepted && is_final(accepted->status)) c.status = 200;
    co_return std::move(accepted);
  }
  auto within = std::chrono::milliseconds{wait_ms} + c.row.words.within;
  auto waited = ask<await_outcome>(
      c.desk.port(), c.desk.all().devices, within, context_ptr{c.context}, accepted->id, wait_ms
  );
  auto outcome = co_await std::move(waited);
  if (!outcome) co_return std::move(accepted);
  if (is_final(outcome->status)) c.status = 200;
  co_return std::move(outcome);
}

constexpr route table[] = {
    compute_row<post_command, command_record, send_and_wait>(
        {.id = "sendCommand",
         .method = http_method::post,
         .path = "/api/v1/devices/{device}/commands",
         .summary = "Command a channel; 200 if the outcome is final within wait_ms, else 202",
         .needs = permission::device_command,
         .limit = rate_class::write,
         .success = 202,
         .location = "/api/v1/commands/{id}",
         .in_query = "wait_ms"}
    ),
    ask_row<list_commands, devices>(
        {.id = "listCommands",
         .method = http_method::get,
         .path = "/api/v1/devices/{device}/commands",
         .summary = "Commands of a device, newest first",
         .needs = permission::device_read,
         .limit = rate_class::standard}
    ),
    ask_row<read_command, devices>(
        {.id = "readCommand",
         .method = http_method::get,
         .path = "/api/v1/commands/{id}",
         .summary = "A command with its history and outcome",
         .needs = permission::device_read,
         .limit = rate_class::standard}
    ),
    ask_row<cancel_command, devices>(
        {.id = "cancelCommand",
         .method = http_method::post,
         .path = "/api/v1/commands/{id}/cancel",
         .summary = "Take back a command that was not sent yet",
         .needs = permission::device_command,
         .limit = rate_class::write}
    ),
};

}  // namespace

route_table command_routes() { return table; }

}  // namespace stellwerk::gateway
