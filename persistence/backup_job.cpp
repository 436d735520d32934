#include "persistence/backup_job.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "actors/model/error.hpp"

namespace stellwerk {

namespace fs = std::filesystem;

backup_job::backup_job(fs::path folder, backup_wish wish)
    : folder_(std::move(folder), wish.key),
      wish_(std::move(wish)),
      stages_{&backup_job::begin,         &backup_job::take_history, &backup_job::take_store,
              &backup_job::take_the_rest, &backup_job::check,        &backup_job::seal} {
  auto& content = made_.content;
  content.id = wish_.id;
  content.site = wish_.site;
  content.note = wish_.note;
  content.created_at = wish_.created_at;
  content.program = STELLWERK_VERSION;
}

backup_job::~backup_job() = default;

caf::expected<bool> backup_job::step() {
  auto copying = next_ < sources_.size();
  auto more = copying ? copy() : (this->*stages_.front())();
  if (!more) {
    item_.reset();
    held_.reset();
    check_.reset();
    if (lock_) folder_.remove_strays();
    return more;
  }
  if (!copying && !*more) stages_.pop_front();
  return next_ < sources_.size() || !stages_.empty();
}

caf::expected<bool> backup_job::begin() {
  auto locked = folder_.lock();
  if (!locked) return std::move(locked.error());
  lock_ = std::move(*locked);
  folder_.remove_strays();
  return false;
}

caf::error backup_job::list(const database_ptr& db, const std::string& name) {
  held_.reset();
  held_ = std::make_unique<live_files>(db);
  auto found = held_->list(name);
  if (!found) return found.error();
  if (made_.content.files.size() + found->size() >= backup_files_max)
    return refuse(errc::too_large, std::string{"The databases have too many files"});
  sources_ = std::move(*found);
  next_ = 0;
  return {};
}

caf::expected<bool> backup_job::take_history() {
  if (auto why = list(wish_.history, "history")) return why;
  return false;
}

/// What the head says now is promised: what is listed afterwards is no older.
caf::expected<bool> backup_job::take_store() {
  auto head = read_head(*wish_.store);
  if (!head) return head.error();
  made_.content.seq = head->seq;
  made_.content.revision = head->revision;
  if (auto why = list(wish_.store, "store")) return why;
  return false;
}

caf::expected<bool> backup_job::take_the_rest() {
  held_.reset();
  std::ifstream in{wish_.data_dir / "installation.id"};
  std::string id{std::istreambuf_iterator<char>{in}, {}};
  sources_.clear();
  next_ = 0;
  for (auto& [name, text] :
       {std::pair{"installation.id", &id}, std::pair{"stellwerk.toml", &wish_.configuration}})
    if (!text->empty()) sources_.push_back({name, {}, text->size(), *text});
  return false;
}

caf::expected<bool> backup_job::copy() {
  auto& source = sources_[next_];
  if (!item_) item_.emplace(folder_, source, wish_.reserve_bytes);
  auto more = item_->step();
  if (!more || *more) return more;
  made_.content.files.push_back({source.path, source.size, item_->sha256()});
  if (item_->written()) made_.content.written_bytes += source.size;
  item_.reset();
  ++next_;
  return true;
}

caf::expected<bool> backup_job::check() {
  auto& content = made_.content;
  if (!check_) {
    std::ranges::sort(content.files, {}, &backup_file::path);
    check_.emplace(folder_, content, backup_check::extent::databases);
  }
  auto more = check_->step();
  if (!more || *more) return more;
  content.seq = check_->head().seq;
  content.revision = check_->head().revision;
  check_.reset();
  return false;
}

caf::expected<bool> backup_job::seal() {
  auto sha256 = folder_.put(made_.content);
  if (!sha256) return sha256.error();
  made_.sha256 = std::move(*sha256);
  if (folder_.key()) made_.key_id = folder_.key()->id();
  lock_ = open_file{};
  return false;
}

}  // namespace stellwerk
