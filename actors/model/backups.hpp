#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/call_context.hpp"
#include "actors/model/codec.hpp"

/// Backups of a running node. Restoring is done by the command line, with the node stopped.
namespace stellwerk {

enum class backup_status : std::uint8_t { running, complete, failed, verifying, damaged };
BOOST_DESCRIBE_ENUM(backup_status, running, complete, failed, verifying, damaged)

struct backup_view {
  std::string id;  // UUID v7
  backup_status status = backup_status::running;
  wall_time created_at{};
  std::string note;
  std::uint64_t size_bytes = 0;          // of all its files
  std::uint64_t written_bytes = 0;       // of those that no earlier backup held
  std::uint64_t seq = 0;                 // newest journal entry in it
  std::string sha256;                    // of its manifest, which holds those of its files
  std::optional<wall_time> verified_at;  // read back whole; forgotten at a restart
  std::string problem;                   // why it failed, is damaged or cannot be read, for people
  std::string key_id;                    // of the key that encrypts it; empty: none does
};
BOOST_DESCRIBE_STRUCT(
    backup_view, (),
    (id, status, created_at, note, size_bytes, written_bytes, seq, sha256, verified_at, problem,
     key_id)
)

/// Answered once its beginning is journaled; ask for its status until it is `complete` or `failed`.
struct create_backup {
  context_ptr context;
  text<0, 200> note;
};
BOOST_DESCRIBE_STRUCT(create_backup, (), (context, note))

/// Newest first: what lies in the folder, the one being made, and the last that failed.
struct list_backups {
  context_ptr context;
};
BOOST_DESCRIBE_STRUCT(list_backups, (), (context))
struct backup_list {
  std::vector<backup_view> items;
};
BOOST_DESCRIBE_STRUCT(backup_list, (), (items))

struct read_backup {
  context_ptr context;
  text<36, 36, charset::name> id;
};
BOOST_DESCRIBE_STRUCT(read_backup, (), (context, id))

/// Reads all of it back; ask for its status until that is no longer `verifying`.
struct verify_backup {
  context_ptr context;
  text<36, 36, charset::name> id;
};
BOOST_DESCRIBE_STRUCT(verify_backup, (), (context, id))

struct remove_backup {
  context_ptr context;
  text<36, 36, charset::name> id;
};
BOOST_DESCRIBE_STRUCT(remove_backup, (), (context, id))

}  // namespace stellwerk
