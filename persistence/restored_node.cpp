#include "persistence/restored_node.hpp"

#include <rocksdb/db.h>

#include "actors/model/commands.hpp"
#include "actors/model/error.hpp"
#include "actors/model/events.hpp"
#include "persistence/backups.hpp"
#include "persistence/repository.hpp"
#include "persistence/sample_writer.hpp"
#include "persistence/store_writer.hpp"

namespace stellwerk {

/// What the journal tells of a restore.
struct restore_facts {
  wall_time backup_created_at{};
  std::uint64_t backup_seq = 0;
};
BOOST_DESCRIBE_STRUCT(restore_facts, (), (backup_created_at, backup_seq))

/// What it tells of a command that was waiting then.
struct waiting_facts {
  std::string device;
  std::string channel;
  command_status status{};
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(waiting_facts, (), (device, channel, status, detail))

namespace {

constexpr repository<command_record> open_commands{"command-open"};  // persistent, of actors/field
constexpr std::size_t changes_at_once = 500;

caf::error written(store_writer& writer, const commit& what, wall_time now) {
  auto planned = writer.add(what, now);
  if (!planned) return planned.error();
  auto done = writer.write();
  return done ? caf::error{} : done.error();
}

bool waits(const command_record& one) {
  return one.status == command_status::accepted || one.status == command_status::queued;
}

caf::error hold_commands(const database& db, store_writer& writer, wall_time now) {
  auto prefix = open_commands.prefix();
  commit what;
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator({}, family(db, store_family::documents))};
  for (row->Seek(prefix); row->Valid() && row->key().starts_with(prefix); row->Next()) {
    document stored{row->key().ToString(), row->value().ToString().substr(sizeof(std::uint64_t))};
    auto command = open_commands.decode(stored);
    if (!command) return command.error();
    if (!waits(*command)) continue;
    note(*command, command_status::sent, now);
    what.changes.push_back(open_commands.put(open_commands.id_of(stored), *command));
    waiting_facts facts{
        command->device, command->channel, command->status,
        "It waited when the backup was made, and may have been sent since"};
    auto told = make_event(
        event_type::command_sent, "command/" + command->id, nullptr, {json::encode(facts)}
    );
    told.cause = "restore";
    what.events.push_back(std::move(told));
    if (what.changes.size() < changes_at_once) continue;
    if (auto why = written(writer, std::exchange(what, {}), now)) return why;
  }
  if (!row->status().ok()) return failure(row->status());
  return what.changes.empty() ? caf::error{} : written(writer, what, now);
}

}  // namespace

caf::error settle_restored(
    const std::filesystem::path& data_dir, const backup_manifest& content, wall_time now
) {
  sample_writer{open_history(data_dir), {}};
  auto db = open_store(data_dir);
  store_writer writer{db, content.site, {}};
  if (writer.head().seq < content.seq || writer.head().revision < content.revision)
    return refuse(errc::invalid, "The store ends before what the manifest promises");
  commit what;
  what.changes.push_back(open_backups.erase(content.id));  // in it, it was still being made
  json_text facts{json::encode(restore_facts{content.created_at, content.seq})};
  what.events.push_back(
      make_event(event_type::backup_restored, "backup/" + content.id, nullptr, std::move(facts))
  );
  if (auto why = written(writer, what, now)) return why;
  return hold_commands(*db, writer, now);
}

}  // namespace stellwerk
