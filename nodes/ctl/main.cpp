#include <CLI/CLI.hpp>
#include <iostream>

#include "nodes/ctl/commands.hpp"

namespace {

using namespace stellwerk::ctl;

constexpr auto footer =
    "Exit codes: 0 done; 1 the answer is no (a command not carried out, a journal, backup "
    "or file broken);\n"
    "2 wrong arguments; 3 the server cannot be reached; 4 the server refused;\n"
    "5 the command is accepted, but has no outcome yet.\n"
    "The log-in is kept in ~/.config/stellwerk/login.json (mode 0600).";

struct arguments {
  api_options api;
  std::string username;
  bool password_from_stdin = false;
  watch_options watch;
  set_options set;
  samples_options samples;
  export_options exported;
  journal_options journal;
  journal_range range;
  verify_options verify;
  std::string explained;
  std::string data_dir = "data";
  backup_command backup;
};

void declare_backup(CLI::App& app, backup_command& a) {
  auto* backup = app.add_subcommand("backup", "Backups of a node");
  backup->require_subcommand(1);
  auto* create =
      backup->add_subcommand("create", "The node makes one now; returns when it is whole");
  create->add_option("--note", a.note, "Shown in the list");
  create->add_option("--wait-s", a.wait_s, "Give up waiting; the node goes on");
  constexpr auto of_folder = "Folder of backups; needs no server. Else the node is asked";
  auto* list = backup->add_subcommand("list", "Newest first");
  auto* list_folder = list->add_option("--folder", a.folder, of_folder);
  constexpr auto of_key = "File of the key of an encrypted backup; with --folder";
  list->add_option("--key-file", a.key_file, of_key)->needs(list_folder);
  auto* verify = backup->add_subcommand("verify", "Read one back, journal and all");
  verify->add_option("id", a.id, "Else the newest");
  auto* verify_folder = verify->add_option("--folder", a.folder, of_folder);
  verify->add_option("--key-file", a.key_file, of_key)->needs(verify_folder);
  verify->add_option("--wait-s", a.wait_s, "Give up waiting; the node goes on");
  auto* restore = backup->add_subcommand("restore", "Make a data folder of one; needs no server");
  restore->add_option("id", a.id, "Else the newest");
  restore->add_option("--folder", a.folder, "Folder of backups")->required();
  restore->add_option("--key-file", a.key_file, of_key);
  restore->add_option("--data", a.data_dir, "Data folder to make: absent or empty")->required();
}

void declare_journal(CLI::App& app, arguments& a) {
  auto* journal = app.add_subcommand("journal", "What happened, newest first");
  journal->add_option("--type", a.journal.type, "pattern, like command.*");
  journal->add_option("--subject", a.journal.subject, "pattern, like device/tank-1");
  journal->add_option("--limit", a.journal.most)->check(CLI::Range(1, 1'000'000));
  auto* verify =
      journal->add_subcommand("verify", "Check a data folder or an export; needs no server");
  auto* data = verify->add_option(
      "--data", a.verify.data_dir, "Data folder of the node, running or stopped"
  );
  auto* file = verify->add_option("--file", a.verify.file, "What `journal export` wrote");
  verify->add_option("--key", a.verify.key, "Public key that must have signed, or a file of keys");
  verify->add_option("--anchors", a.verify.anchors, "File with lines journal.anchored of the log");
  file->excludes(data);
  auto* exported = journal->add_subcommand("export", "Signed lines of JSON, to stdout");
  exported->add_option("--from", a.range.from, "Number of an entry, or RFC 3339; else the first");
  exported->add_option("--to", a.range.to, "Number of an entry, or RFC 3339; else the newest");
  journal->add_subcommand("key", "Public keys that anchors and exports are signed with");
}

void declare(CLI::App& app, arguments& a) {
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(footer);
  app.set_version_flag("--version", STELLWERK_VERSION);
  app.add_option("--server", a.api.server, "http[s]://host[:port]; else that of the last log-in");
  app.add_option("--ca", a.api.ca_file, "PEM file of a certificate authority to trust");
  app.add_flag("--json", a.api.json, "JSON instead of tables");

  auto* login = app.add_subcommand("login", "Log in; asks for the password");
  login->add_option("username", a.username);
  login->add_flag("--password-stdin", a.password_from_stdin, "Read the password from stdin");
  app.add_subcommand("status", "Is the node well?");
  app.add_subcommand("devices", "Devices and their links");
  auto* watch = app.add_subcommand("watch", "Show values as they change, until Ctrl-C");
  watch->add_option("pattern", a.watch.pattern, "device/channel, * for any run of letters");
  watch->add_option("--for", a.watch.seconds, "Stop after so many seconds");
  auto* set = app.add_subcommand("set", "Set a channel and wait for the outcome");
  set->add_option("channel", a.set.channel, "device/channel")->required();
  set->add_option("value", a.set.value, "number, true, false or a text")->required();
  set->add_option("--wait-ms", a.set.wait_ms)->check(CLI::Range(0, 30'000));
  set->add_option("--expires-in-ms", a.set.expires_in_ms)->check(CLI::Range(100, 86'400'000));
  set->add_option("--key", a.set.key, "Of a `set` to repeat: it is carried out once");
  auto* samples = app.add_subcommand("samples", "Stored samples of a channel, oldest first");
  samples->add_option("channel", a.samples.channel, "device/channel")->required();
  samples->add_option("--from", a.samples.from, "RFC 3339; else an hour ago");
  samples->add_option("--to", a.samples.to, "RFC 3339; else now");
  samples->add_option("--limit", a.samples.most)->check(CLI::Range(1, 1'000'000));
  samples->add_option("--series", a.samples.points, "Least, greatest, average of so many buckets")
      ->check(CLI::Range(10, 5'000));
  auto* exported = app.add_subcommand("export", "Stored samples as CSV or NDJSON, to stdout");
  exported->add_option("channels", a.exported.channels, "device/channel, up to 20")
      ->required()
      ->expected(1, 20);
  exported->add_option("--format", a.exported.format)->check(CLI::IsMember({"csv", "ndjson"}));
  exported->add_option("--from", a.exported.from, "RFC 3339; else the first sample");
  exported->add_option("--to", a.exported.to, "RFC 3339; else now");
  declare_backup(app, a.backup);
  declare_journal(app, a);
  auto* explain = app.add_subcommand("explain", "Why something happened, and what followed");
  explain->add_option("what", a.explained, "Number of a journal entry, id of a command, subject")
      ->required();
  auto* db = app.add_subcommand("db", "The files of a stopped node");
  db->require_subcommand(1);
  auto* check = db->add_subcommand("check", "Read everything, say what is damaged");
  check->add_option("--data", a.data_dir, "Data folder of the node");
}

int carry_out_backup(const CLI::App& chosen, const arguments& a) {
  auto name = chosen.get_subcommands().front()->get_name();
  if (name == "restore") return restore_backup_from(a.backup, a.api.json);
  auto here = !a.backup.folder.empty();
  if (name == "list" && here) return list_backups_in(a.backup, a.api.json);
  if (name == "verify" && here) return verify_backup_in(a.backup, a.api.json);
  api server{a.api};
  if (name == "list") return list_backups_of(server);
  if (name == "verify") return verify_backup_of(server, a.backup);
  return create_backup_of(server, a.backup);
}

int carry_out(const CLI::App& app, arguments& a) {
  auto& chosen = *app.get_subcommands().front();
  auto name = chosen.get_name();
  if (name == "journal" && chosen.got_subcommand("verify"))
    return a.verify.file.empty() ? verify_journal_of(a.verify, a.api.json)
                                 : verify_export_of(a.verify, a.api.json);
  if (name == "db") return check_data_of(a.data_dir, a.api.json);
  if (name == "backup") return carry_out_backup(chosen, a);
  api server{a.api};
  if (name == "login") return log_in(server, a.username, a.password_from_stdin);
  if (name == "status") return status(server);
  if (name == "devices") return devices(server);
  if (name == "watch") return watch(server, a.watch);
  if (name == "set") return set(server, a.set);
  if (name == "samples") return samples(server, a.samples);
  if (name == "export") return export_samples(server, a.exported);
  if (name == "explain") return explain(server, a.explained);
  if (chosen.got_subcommand("export")) return export_journal_of(server, a.range);
  if (chosen.got_subcommand("key")) return journal_keys_of(server);
  return journal(server, a.journal);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Watch and steer a Stellwerk site from the command line"};
  arguments a;
  declare(app, a);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& bad) {
    return app.exit(bad) == 0 ? done : usage;
  }
  try {
    return carry_out(app, a);
  } catch (const refused_by_server& why) {
    std::cerr << "stellwerk: " << why.what() << '\n';
    return refused;
  } catch (const unreachable& why) {
    std::cerr << "stellwerk: " << why.what() << '\n';
    return no_server;
  } catch (const std::exception& why) {
    std::cerr << "stellwerk: " << why.what() << '\n';
    return usage;
  }
}
