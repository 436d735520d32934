#include "persistence/backup_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".manifest";
constexpr std::size_t manifest_bytes_max = 5 << 20;

caf::error failed(const std::string& what) { return refuse(errc::internal, what); }

}  // namespace

backup_folder backup_folder::of(const sealed_manifest& backup) const {
  return backup.key_id.empty() ? backup_folder{path_} : *this;
}

fs::path backup_folder::file(const std::string& sha256) const {
  return path_ / "files" / (key_ ? key_->name_of(sha256) : sha256);
}

file_seal backup_folder::seal(const std::string& sha256) const {
  if (!key_) return {};
  return {key_, sealed_file(key_->name_of(sha256))};
}

bool backup_folder::has_file(const std::string& sha256, std::uint64_t size) const {
  std::error_code absent;
  auto found = fs::file_size(file(sha256), absent);
  return !absent && found == (key_ ? sealed_stream::sealed_size(size) : size);
}

fs::path backup_folder::incoming() const { return path_ / "files" / "incoming"; }

fs::path backup_folder::manifest(const std::string& id) const {
  return path_ / (id + std::string{suffix});
}

std::vector<std::string> backup_folder::ids() const {
  std::vector<std::string> all;
  std::error_code absent;
  for (fs::directory_iterator at{path_, absent}, end; at != end; at.increment(absent)) {
    auto name = at->path().filename().string();
    if (!name.ends_with(suffix)) continue;
    name.resize(name.size() - suffix.size());
    if (is_uuid(name)) all.push_back(std::move(name));
  }
  std::ranges::sort(all);
  return all;
}

bool backup_folder::has(const std::string& id) const {
  std::error_code absent;
  return is_uuid(id) && fs::exists(manifest(id), absent);
}

caf::expected<sealed_manifest> backup_folder::read(const std::string& id) const {
  if (!has(id)) return refuse(errc::not_found, "There is no backup " + id);
  std::error_code unreadable;
  auto size = fs::file_size(manifest(id), unreadable);
  if (unreadable || size > manifest_bytes_max)
    return refuse(errc::invalid, std::string{"The manifest cannot be read"});
  std::ifstream in{manifest(id), std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  auto found = manifest_from(bytes, key_);
  if (found && found->content.id != id)
    return refuse(errc::invalid, std::string{"The manifest is that of another backup"});
  return found;
}

caf::expected<sealed_manifest> backup_folder::unlock(const std::string& id) const {
  auto found = read(id);
  if (found && key_ && found->key_id.empty())
    return refuse(
        errc::conflict,
        std::string{"It is not encrypted, so anybody may have made it: to read it all the same, "
                    "give no key"}
    );
  if (!found || !found->locked) return found;
  auto given = key_ ? "the key given is " + key_->id() : std::string{"name its file"};
  return refuse(errc::conflict, "It is encrypted with the key " + found->key_id + ": " + given);
}

caf::expected<open_file> backup_folder::lock() const {
  std::error_code later;
  fs::create_directories(path_.parent_path(), later);
  if (!make_private_folder(path_) || !make_private_folder(path_ / "files"))
    return failed("The folder of backups cannot be made, or others may look into it (wants 0700)");
  open_file held{::open((path_ / "LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!held) return failed("The folder of backups cannot be written to");
  if (::flock(held.number(), LOCK_EX | LOCK_NB) != 0)
    return refuse(errc::conflict, std::string{"Another program writes to the folder of backups"});
  return held;
}

caf::expected<std::string> backup_folder::put(const backup_manifest& content) const {
  std::string sha256;
  auto bytes = to_bytes(content, sha256, key_);
  std::error_code ignored;
  fs::remove(incoming(), ignored);
  file_writer out{incoming()};
  auto kept = sync_folder(path_ / "files") && out.add(bytes) && out.keep_as(manifest(content.id)) &&
              sync_folder(path_);
  if (kept) return sha256;
  if (out.full()) return refuse(errc::storage_full);
  return failed("The manifest cannot be written");
}

caf::error backup_folder::remove(const std::string& id) const {
  std::error_code why;
  if (!is_uuid(id) || !fs::remove(manifest(id), why) || !sync_folder(path_))
    return failed("The manifest cannot be removed");
  remove_strays();
  return {};
}

void backup_folder::remove_strays() const {
  std::set<std::string> named;
  for (auto& id : ids()) {
    auto found = read(id);
    if (!found) return;
    named.insert(found->names.begin(), found->names.end());
  }
  std::vector<fs::path> strays;
  std::error_code absent;
  for (fs::directory_iterator at{path_ / "files", absent}, end; at != end; at.increment(absent))
    if (!named.contains(at->path().filename().string())) strays.push_back(at->path());
  for (auto& one : strays) fs::remove(one, absent);
}

}  // namespace stellwerk
