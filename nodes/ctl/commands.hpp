#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/ctl/api.hpp"

/// What `stellwerk` does: one function a subcommand. Each prints to stdout and returns its exit
/// code; errors are thrown to `main`.
namespace stellwerk::ctl {

int log_in(api& server, std::string username, bool password_from_stdin);
int status(api& server);
int devices(api& server);

struct watch_options {
  std::string pattern = "*";
  std::uint32_t seconds = 0;  // 0: until Ctrl-C
};
int watch(api& server, const watch_options& options);

struct set_options {
  std::string channel;  // device/channel
  std::string value;    // JSON, or else taken as a text
  std::uint32_t wait_ms = 5000;
  std::uint32_t expires_in_ms = 10'000;
  std::string key;  // empty: a new one
};
int set(api& server, const set_options& options);

struct samples_options {
  std::string channel;
  std::string from;  // RFC 3339; empty: an hour ago
  std::string to;    // empty: now
  std::uint32_t most = 100;
  std::uint32_t points = 0;  // not 0: so many buckets instead of samples
};
int samples(api& server, const samples_options& options);

struct export_options {
  std::vector<std::string> channels;  // device/channel, 1 to 20
  std::string format = "csv";
  std::string from;  // RFC 3339; empty: the first sample
  std::string to;    // empty: now
};
/// To stdout.
int export_samples(api& server, const export_options& options);

struct journal_options {
  std::string type;
  std::string subject;
  std::uint32_t most = 30;
};
int journal(api& server, const journal_options& options);

struct journal_range {
  std::string from;  // number of an entry, or RFC 3339; empty: the first
  std::string to;    // empty: the newest
};
/// To stdout: lines that can be verified without the node.
int export_journal_of(api& server, const journal_range& range);
/// The public keys that it is signed with, one a line, the newest last.
int journal_keys_of(api& server);

/// Why something happened and what followed: `what` is the number of a journal entry, a subject, or
/// the id of a command; of the last two the newest entry is meant.
int explain(api& server, const std::string& what);

struct backup_command {
  std::string id;        // empty: the newest
  std::string folder;    // of backups; empty: ask the node (`restore` needs it)
  std::string data_dir;  // to restore to
  std::string note;
  std::string key_file;         // of an encrypted one, with `folder`
  std::uint32_t wait_s = 3600;  // for a backup or a verification of the node
};
/// The node makes it; returns when it is whole.
int create_backup_of(api& server, const backup_command& what);
int list_backups_of(api& server);
int verify_backup_of(api& server, const backup_command& what);
/// The same of a folder, with the node running or stopped; need no server.
int list_backups_in(const backup_command& what, bool as_json);
int verify_backup_in(const backup_command& what, bool as_json);
int restore_backup_from(const backup_command& what, bool as_json);

struct verify_options {
  std::string data_dir = "data";
  std::string file;     // an export; empty: the data folder is meant
  std::string key;      // public key, or a file of such; empty: the export's own
  std::string anchors;  // file of lines of the log, or of exports
};
/// Of a data folder, with the node running or stopped, or of an export; needs no server.
int verify_journal_of(const verify_options& what, bool as_json);
int verify_export_of(const verify_options& what, bool as_json);
/// Everything in a data folder; only while the node is stopped.
int check_data_of(const std::string& data_dir, bool as_json);

}  // namespace stellwerk::ctl
