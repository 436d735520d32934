#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <iostream>
#include <stdexcept>

#include "actors/model/error.hpp"
#include "actors/model/json.hpp"
#include "actors/model/time.hpp"
#include "monitoring/clock.hpp"
#include "nodes/ctl/commands.hpp"
#include "nodes/ctl/table.hpp"
#include "persistence/backup_check.hpp"
#include "persistence/backup_restore.hpp"

namespace stellwerk::ctl {

namespace {

namespace bj = boost::json;

backup_folder folder_of(const backup_command& what) {
  if (what.key_file.empty()) return backup_folder{what.folder};
  auto key = read_backup_key(what.key_file);
  if (!key) throw std::invalid_argument(refusal_of(key.error()).detail);
  return backup_folder{what.folder, std::move(*key)};
}

std::string chosen(const backup_folder& folder, const backup_command& what) {
  if (!what.id.empty()) return what.id;
  auto all = folder.ids();
  if (all.empty()) throw std::invalid_argument(what.folder + " holds no backup");
  return all.back();
}

/// What is wrong is told, and the answer is no.
int tell_wrong(const std::string& id, const caf::error& why, bool as_json) {
  auto text = printable(refusal_of(why).detail);
  if (as_json)
    std::cout << json::to_text(bj::object{{"ok", false}, {"id", id}, {"problem", text}}) << '\n';
  else
    std::cerr << "stellwerk: backup " << id << ": " << text << '\n';
  return not_so;
}

caf::error check_all(const backup_folder& folder, const std::string& id, std::uint64_t& seq) {
  auto found = folder.unlock(id);
  if (!found) return found.error();
  backup_check check{folder.of(*found), std::move(found->content), backup_check::extent::all};
  for (;;) {
    auto more = check.step();
    if (!more) return more.error();
    if (!*more) break;
  }
  seq = check.head().seq;
  return {};
}

}  // namespace

int list_backups_in(const backup_command& what, bool as_json) {
  auto folder = folder_of(what);
  auto all = folder.ids();
  bj::array items;
  table out{{"ID", "STATUS", "SITE", "CREATED", "BYTES", "SEQ", "KEY", "NOTE"}};
  for (auto id = all.rbegin(); id != all.rend(); ++id) {
    auto found = folder.read(*id);
    sealed_manifest none;
    auto& [content, sha256, names, key_id, locked] = found ? *found : none;
    auto* status = !found ? "damaged" : locked ? "locked" : "complete";
    auto bytes = size_of(content);
    items.push_back(
        {{"id", *id},
         {"status", status},
         {"site", content.site},
         {"created_at", to_text(content.created_at)},
         {"size_bytes", bytes},
         {"seq", content.seq},
         {"key_id", key_id},
         {"note", content.note}}
    );
    out.add(
        {*id, status, content.site, to_text(content.created_at), std::to_string(bytes),
         std::to_string(content.seq), key_id.empty() ? "-" : key_id, content.note}
    );
  }
  std::cout << (as_json ? json::to_text(items) + '\n' : out.text());
  return done;
}

int verify_backup_in(const backup_command& what, bool as_json) {
  auto folder = folder_of(what);
  auto id = chosen(folder, what);
  std::uint64_t seq = 0;
  if (auto why = check_all(folder, id, seq)) return tell_wrong(id, why, as_json);
  if (as_json)
    std::cout << json::to_text(bj::object{{"ok", true}, {"id", id}, {"seq", seq}}) << '\n';
  else
    std::cout << "Backup " << id << " is whole: journal up to entry " << seq << ".\n";
  return done;
}

int restore_backup_from(const backup_command& what, bool as_json) {
  auto folder = folder_of(what);
  auto id = chosen(folder, what);
  auto made = restore_backup({what.folder, id, what.data_dir, folder.key()}, system_clock()());
  if (!made) return tell_wrong(id, made.error(), as_json);
  if (as_json)
    std::cout << json::to_text(bj::object{
                     {"ok", true},
                     {"id", id},
                     {"files", made->files},
                     {"bytes", made->bytes},
                     {"entries", made->entries}})
              << '\n';
  else
    std::cout << "Restored backup " << id << " to " << what.data_dir << ": " << made->bytes
              << " bytes, " << made->entries << " journal entries, all verified.\n";
  return done;
}

}  // namespace stellwerk::ctl
