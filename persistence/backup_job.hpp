#pragma once

#include <caf/expected.hpp>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "persistence/backup_check.hpp"
#include "persistence/backup_item.hpp"
#include "persistence/live_files.hpp"

namespace stellwerk {

struct backup_wish {
  std::filesystem::path data_dir;
  database_ptr history;
  database_ptr store;
  std::string id;
  std::string site;
  std::string note;
  wall_time created_at{};
  std::uint64_t reserve_bytes = 0;  // stay free on the disk of the backups
  std::string configuration = {};   // the file that the node was started with; empty: none
  backup_key_ptr key = {};          // encrypts it; null: it is not
};

/// Makes one backup of two open databases, history first: a series is named in the store before a
/// sample bears its number, so a store that is the younger one knows all that the history holds.
/// Step by step; nothing of it is a backup before the last step, and what an earlier end leaves is
/// cleared away by the next one.
class backup_job {
 public:
  backup_job(std::filesystem::path folder, backup_wish wish);
  ~backup_job();
  backup_job(const backup_job&) = delete;
  backup_job& operator=(const backup_job&) = delete;

  /// True: there is more to do. After an error or false there is not.
  caf::expected<bool> step();
  /// Once `step` said false.
  const sealed_manifest& made() const { return made_; }
  const backup_folder& folder() const { return folder_; }

 private:
  using stage = caf::expected<bool> (backup_job::*)();

  caf::expected<bool> begin();
  caf::expected<bool> take_history();
  caf::expected<bool> take_store();
  caf::expected<bool> take_the_rest();
  caf::expected<bool> check();
  caf::expected<bool> seal();
  caf::expected<bool> copy();
  caf::error list(const database_ptr& db, const std::string& name);

  backup_folder folder_;
  backup_wish wish_;
  open_file lock_;
  std::deque<stage> stages_;
  std::unique_ptr<live_files> held_;
  std::vector<backup_source> sources_;  // of this stage; those before `next_` are in the folder
  std::size_t next_ = 0;
  std::optional<backup_item> item_;
  std::optional<backup_check> check_;
  sealed_manifest made_;
};

}  // namespace stellwerk
