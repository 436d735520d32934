#pragma once

#include <caf/typed_actor.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "actors/model/backups.hpp"
#include "monitoring/log.hpp"
#include "monitoring/metered.hpp"
#include "persistence/backup_job.hpp"
#include "persistence/daily_time.hpp"
#include "persistence/repository.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

/// `[backup]`
struct backup_options {
  std::string folder;                                        // empty: `backups` in the data folder
  bounded<std::uint32_t, 1, 365> keep = 30;                  // whole ones; older ones are removed
  bounded<std::uint32_t, 0, 1'048'576> reserve_mib = 1'024;  // stay free on the folder's disk
  daily_time daily_at{std::chrono::hours{2}};                // one is made then; empty: none
  std::string key_file = {};  // 0600; encrypts what is made; empty: nothing is encrypted
};
BOOST_DESCRIBE_STRUCT(backup_options, (), (folder, keep, reserve_mib, daily_at, key_file))

using backups_actor = caf::typed_actor<
    caf::replies_to<create_backup>::with<backup_view>,
    caf::replies_to<list_backups>::with<backup_list>,
    caf::replies_to<read_backup>::with<backup_view>,
    caf::replies_to<verify_backup>::with<backup_view>, caf::replies_to<remove_backup>::with<void>>;
/// What it sends itself between the steps of its work.
using backups_interface = backups_actor::extend<
    caf::reacts_to<caf::atom_constant<caf::atom("step")>>,
    caf::reacts_to<caf::atom_constant<caf::atom("daily")>>>;

/// A backup whose end is not journaled; written with its beginning, gone with its end.
struct open_backup {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(open_backup, (), (id))
inline constexpr repository<open_backup> open_backups{"backup-open"};

struct backups_surroundings {
  backup_options options;
  std::string site;
  std::filesystem::path data_dir;
  database_ptr history_db;
  database_ptr store_db;
  store_actor store;
  instruments tell;
  std::string configuration = {};  // the file that the node was started with; empty: none
  backup_key_ptr key = {};         // of `options.key_file`
};
/// Where they lie, by its options.
std::filesystem::path backups_folder(
    const backup_options& options, const std::filesystem::path& data_dir
);

struct backups_state {
  static inline const char* name = "backups";
  static constexpr std::size_t mailbox_max = 256;
  static constexpr std::size_t failed_max = 20;    // are remembered, until a restart
  static constexpr std::size_t known_max = 1'000;  // newest manifests of the folder

  /// The one thing under way; neither a job nor a check while its beginning is journaled.
  struct work {
    std::string id;
    context_ptr by;
    std::chrono::steady_clock::time_point since;
    std::unique_ptr<backup_job> job;
    std::unique_ptr<backup_check> check;
  };
  std::optional<backups_surroundings> wired;
  std::optional<backup_folder> folder;
  std::map<std::string, backup_view, std::greater<std::string>>
      known;  // newest first: ids begin with a time
  std::optional<work> now;
  std::optional<wall_time> daily_due;
};

/// Spawn it detached, beside store and historian, on their databases: it blocks on the disk, a MiB
/// at a time, and answers between these steps. One backup, verification or removal at a time;
/// others are refused `conflict`. A caller needs `backup_run` on the whole site. Everything that it
/// does is journaled, the end of what a restart cut short by the next start.
///
/// A backup that fails leaves nothing behind but its entry in the list: on a full disk
/// (`storage_full`, or less than `reserve_mib` left) node and older backups go on as before.
backups_interface::behavior_type backups(
    metered<backups_interface, backups_state>* self, backups_surroundings around
);

}  // namespace stellwerk
