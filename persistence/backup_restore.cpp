#include "persistence/backup_restore.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "actors/model/error.hpp"
#include "monitoring/failpoint.hpp"
#include "persistence/journal_check.hpp"
#include "persistence/restored_node.hpp"

namespace stellwerk {

namespace {

namespace fs = std::filesystem;

caf::error taken(const fs::path& place, const char* why) {
  return refuse(errc::conflict, place.string() + ' ' + why);
}

/// RocksDB's lock on a database.
bool is_locked(const fs::path& file) {
  open_file opened{::open(file.c_str(), O_RDWR | O_CLOEXEC)};
  struct flock asked {};
  asked.l_type = F_WRLCK;
  asked.l_whence = SEEK_SET;
  return opened && ::fcntl(opened.number(), F_GETLK, &asked) == 0 && asked.l_type != F_UNLCK;
}

caf::error refuse_place(const fs::path& data_dir) {
  std::error_code absent;
  auto told = fs::symlink_status(data_dir, absent);
  if (!fs::exists(told)) return {};
  if (!fs::is_directory(told)) return taken(data_dir, "is no folder: name another");
  if (is_locked(data_dir / "store" / "LOCK"))
    return taken(data_dir, "is in use: stop the node, and name another folder");
  if (!fs::is_empty(data_dir, absent))
    return taken(data_dir, "is not empty: name another folder, or move this one away");
  return {};
}

/// Where a data folder grows; gone again unless it got its name.
class growing_folder {
 public:
  explicit growing_folder(fs::path path) : path_(std::move(path)) {}
  ~growing_folder() {
    std::error_code ignored;
    if (made_) fs::remove_all(path_, ignored);
  }
  growing_folder(const growing_folder&) = delete;
  growing_folder& operator=(const growing_folder&) = delete;

  caf::error make() {
    std::error_code later;
    fs::create_directories(path_.parent_path(), later);
    made_ = ::mkdir(path_.c_str(), 0700) == 0;
    if (made_) return {};
    if (errno == EEXIST)
      return taken(path_, "is there: a restore is under way, or was cut short; then remove it");
    return refuse(errc::internal, path_.string() + " cannot be made");
  }
  caf::error name(const fs::path& to) {
    if (fails_at(failpoint::restore_before_rename)) return refuse(errc::internal);
    if (std::rename(path_.c_str(), to.c_str()) != 0)
      return taken(to, "cannot take its place: it was filled meanwhile, or is a mount point");
    made_ = false;
    if (fails_at(failpoint::restore_after_rename) || !sync_folder(to.parent_path()))
      return refuse(errc::internal, "It may not last a crash");
    return {};
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool made_ = false;
};

caf::error copy_out(const backup_folder& folder, const backup_file& one, const fs::path& to) {
  auto wrong = [&](errc code, const char* what) { return refuse(code, one.path + ' ' + what); };
  if (!folder.has_file(one.sha256, one.size))
    return wrong(errc::invalid, "is missing or has another length");
  file_reader in{folder.file(one.sha256), one.size, folder.seal(one.sha256)};
  file_writer out{to.string() + ".part"};
  for (;;) {
    auto piece = in.next();
    if (!piece) return wrong(errc::invalid, "cannot be read, or is not as it was written");
    if (piece->empty()) break;
    if (out.add(*piece)) continue;
    if (out.full()) return refuse(errc::storage_full);
    return wrong(errc::internal, "cannot be written");
  }
  if (in.sha256() != one.sha256) return wrong(errc::invalid, "is not as it was written");
  if (out.keep_as(to)) return {};
  if (out.full()) return refuse(errc::storage_full);
  return wrong(errc::internal, "cannot be written");
}

caf::error copy_all(
    const backup_folder& folder, const backup_manifest& content, const fs::path& to
) {
  for (auto* name : {"store", "history"})
    if (!make_private_folder(to / name)) return refuse(errc::internal, "A folder cannot be made");
  for (auto& one : content.files)
    if (auto why = copy_out(folder, one, to / one.path)) return why;
  for (auto& made : {to / "store", to / "history", to})
    if (!sync_folder(made)) return refuse(errc::internal, "A folder cannot be written");
  return {};
}

caf::expected<restore_report> grow(
    const backup_folder& folder, const backup_manifest& content, const fs::path& in, wall_time now
) {
  if (auto why = copy_all(folder, content, in)) return why;
  try {
    if (auto why = settle_restored(in, content, now)) return why;
    auto verdict = verify_journal(in, now);
    if (!verdict.ok) return refuse(errc::invalid, "The journal's chain is broken");
    return restore_report{content.files.size(), size_of(content), verdict.entries};
  } catch (const storage_error& why) {
    return refuse(errc::invalid, std::string{why.what()});
  }
}

}  // namespace

caf::expected<restore_report> restore_backup(const restore_wish& wish, wall_time now) {
  backup_folder folder{wish.folder, wish.key};
  auto found = folder.unlock(wish.id);
  if (!found) return found.error();
  auto to = fs::absolute(wish.data_dir).lexically_normal();
  if (!to.has_filename()) to = to.parent_path();  // "data/" is "data"
  if (auto why = refuse_place(to)) return why;
  growing_folder growing{to.string() + ".restoring"};
  if (auto why = growing.make()) return why;
  auto report = grow(folder.of(*found), found->content, growing.path(), now);
  if (!report) return report;
  if (auto why = growing.name(to)) return why;
  return report;
}

}  // namespace stellwerk
