#include "actors/field/command_records.hpp"

#include <utility>

#include "persistence/repository.hpp"

namespace stellwerk {

namespace {

struct command_owner_record {
  std::string device_id;
};
BOOST_DESCRIBE_STRUCT(command_owner_record, (), (device_id))

constexpr repository<command_record> open_stored{"command-open"};
constexpr repository<command_record> final_stored{"command"};
constexpr repository<command_owner_record> owners_stored{"command-of"};

/// What the journal and the stream tell of a command.
struct command_facts {
  std::string device;
  std::string channel;
  stellwerk::value value;
  command_status status{};
  std::string outcome_code;
  std::optional<stellwerk::value> read_back;
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(
    command_facts, (), (device, channel, value, status, outcome_code, read_back, detail)
)

event_type type_of(command_status status) {
  switch (status) {
    case command_status::accepted:
    case command_status::queued:
      return event_type::command_accepted;
    case command_status::sent:
    case command_status::acknowledged:
      return event_type::command_sent;
    case command_status::verified:
      return event_type::command_verified;
    case command_status::done:
      return event_type::command_done;
    case command_status::refused:
      return event_type::command_refused;
    case command_status::expired:
      return event_type::command_expired;
    case command_status::superseded:
      return event_type::command_superseded;
    case command_status::failed:
      break;
  }
  return event_type::command_failed;
}

event event_of(const command_record& record, const context_ptr& by) {
  command_facts facts{record.device,       record.channel,   record.value, record.status,
                      record.outcome_code, record.read_back, record.detail};
  auto told = make_event(type_of(record.status), "command/" + record.id, by, {json::encode(facts)});
  if (by) return told;
  told.request_id = record.request_id;
  told.cause = record.cause;
  return told;
}

}  // namespace

std::string open_command_key(const std::string& device_id, const std::string& id) {
  return open_stored.key(device_id + '/' + id);
}
std::string final_command_key(const std::string& device_id, const std::string& id) {
  return final_stored.key(device_id + '/' + id);
}
std::string command_owner_key(const std::string& id) { return owners_stored.key(id); }

std::string command_owner(const document& stored) {
  auto owner = owners_stored.decode(stored);
  return owner ? owner->device_id : std::string{};
}

caf::expected<command_record> command_from(const document& stored) {
  command_record record;
  if (json::decode(stored.value, record).empty()) return record;
  return refuse(errc::internal, "a stored command cannot be read");
}

commit accept_commit(const command_record& record, const context_ptr& context) {
  auto key = open_command_key(record.device_id, record.id);
  command_owner_record owner{record.device_id};
  return {
      {{key, 0}},
      {{key, json::encode(record)}, {command_owner_key(record.id), json::encode(owner)}},
      {event_of(record, context)},
      once_of(context, record.id)};
}

commit sent_commit(command_record record, std::uint64_t revision, wall_time now) {
  note(record, command_status::sent, now);
  auto key = open_command_key(record.device_id, record.id);
  return {{{key, revision}}, {{key, json::encode(record)}}, {event_of(record, nullptr)}, {}};
}

commit end_commit(const command_record& ended, const context_ptr& by) {
  auto key = final_command_key(ended.device_id, ended.id);
  return {
      {{key, 0}},
      {{open_command_key(ended.device_id, ended.id), {}}, {key, json::encode(ended)}},
      {event_of(ended, by)},
      {}};
}

command_record ended(command_record record, const command_end& end, wall_time now) {
  if (end.acknowledged) note(record, command_status::acknowledged, now);
  note(record, end.status, now);
  record.outcome_code = end.code;
  record.detail = end.detail;
  record.read_back = end.read_back;
  return record;
}

}  // namespace stellwerk
