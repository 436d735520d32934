#include "persistence/backup_check.hpp"

#include <rocksdb/env.h>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "persistence/data_check.hpp"
#include "persistence/sample_database.hpp"
#include "persistence/sealed_disk.hpp"

namespace stellwerk {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t step_entries = 5'000;

caf::error damaged(const std::string& what) { return refuse(errc::invalid, what); }

/// The backup as a data folder, without a copy of anything.
void link_all(const backup_folder& folder, const backup_manifest& content, const fs::path& to) {
  for (auto& one : content.files) {
    auto link = to / one.path;
    fs::create_directories(link.parent_path());
    fs::create_symlink(fs::absolute(folder.file(one.sha256)), link);
  }
}

}  // namespace

backup_check::backup_check(backup_folder folder, backup_manifest content, extent what)
    : folder_(std::move(folder)), content_(std::move(content)), extent_(what) {
  if (folder_.key()) env_ = sealed_disk(folder_.key());
}

backup_check::~backup_check() {
  journal_.reset();
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
}

caf::expected<bool> backup_check::step() {
  if (at_ < content_.files.size()) return extent_ == extent::all ? read_on() : check_table();
  if (!journal_) return open_databases();
  return walk_journal();
}

caf::expected<bool> backup_check::read_on() {
  if (!in_) {
    if (!folder_.has_file(file().sha256, file().size))
      return damaged(file().path + " is missing or has another length");
    in_.emplace(folder_.file(file().sha256), file().size, folder_.seal(file().sha256));
  }
  auto piece = in_->next();
  if (!piece) return damaged(file().path + " cannot be read, or is not as it was written");
  if (!piece->empty()) return true;
  if (in_->sha256() != file().sha256) return damaged(file().path + " is not as it was written");
  in_.reset();
  return check_table();
}

/// What was damaged before it was backed up has the right digest all the same.
caf::expected<bool> backup_check::check_table() {
  auto& one = content_.files[at_++];
  if (!one.path.ends_with(".sst")) return true;
  auto what = table_damage(folder_.file(one.sha256), env_.get());
  if (!what.empty()) return damaged(one.path + " is damaged: " + what);
  return true;
}

caf::expected<bool> backup_check::open_databases() {
  try {
    scratch_ = fs::temp_directory_path() / ("stellwerk-" + uuid_v4());
    if (!make_private_folder(scratch_)) return refuse(errc::internal, "No temporary folder");
    link_all(folder_, content_, scratch_);
    observe_history(scratch_, env_.get());
    auto store = observe_store(scratch_, env_.get());
    auto head = read_head(*store);
    if (!head) return damaged("The store has no head");
    head_ = *head;
    journal_.emplace(store);
  } catch (const fs::filesystem_error& why) {
    return refuse(errc::internal, std::string{why.what()});
  } catch (const storage_error& why) {
    return damaged(why.what());
  }
  if (head_.seq < content_.seq || head_.revision < content_.revision)
    return damaged("The store ends before what the manifest promises");
  return true;
}

caf::expected<bool> backup_check::walk_journal() {
  if (journal_->step(step_entries)) return true;
  auto& verdict = journal_->verdict();
  if (verdict.ok) return false;
  auto wrong = std::to_string(verdict.first_wrong_seq.value_or(0));
  return damaged("The journal is broken at entry " + wrong);
}

}  // namespace stellwerk
