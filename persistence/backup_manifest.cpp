#include "persistence/backup_manifest.hpp"

#include <algorithm>
#include <numeric>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "persistence/file_bytes.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t digest_letters = 64;
constexpr std::size_t manifest_bytes_max = 4 << 20;
constexpr std::size_t name_letters_max = 100;

caf::error damaged(const char* what) {
  return refuse(errc::invalid, std::string{"The manifest "} + what);
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= name_letters_max && name.front() != '.' &&
         allows(charset::dotted, name);
}

/// What the node itself puts into a data folder, and nothing that leads out of it.
bool is_our_path(std::string_view path) {
  if (path == "installation.id") return true;
  for (std::string_view folder : {"store/", "history/"})
    if (path.starts_with(folder)) return is_file_name(path.substr(folder.size()));
  return false;
}

bool is_sound(const backup_manifest& content) {
  auto paths_ascend = [](auto& a, auto& b) { return a.path >= b.path; };
  return is_uuid(content.id) && content.files.size() <= backup_files_max &&
         std::ranges::adjacent_find(content.files, paths_ascend) == content.files.end() &&
         std::ranges::all_of(content.files, [](auto& one) {
           return is_our_path(one.path) && is_digest(one.sha256);
         });
}

}  // namespace

std::uint64_t size_of(const backup_manifest& content) {
  return std::transform_reduce(
      content.files.begin(), content.files.end(), std::uint64_t{0}, std::plus<>{},
      [](auto& one) { return one.size; }
  );
}

std::string to_bytes(const backup_manifest& content, std::string& sha256) {
  auto text = json::encode(content);
  digest over;
  over.add(text);
  sha256 = over.text();
  return sha256 + '\n' + text + '\n';
}

caf::expected<sealed_manifest> manifest_from(std::string_view bytes) {
  if (bytes.size() < digest_letters + 2 || bytes.size() > manifest_bytes_max ||
      bytes[digest_letters] != '\n' || bytes.back() != '\n')
    return damaged("is cut or is none");
  sealed_manifest made;
  made.sha256 = bytes.substr(0, digest_letters);
  auto text = bytes.substr(digest_letters + 1, bytes.size() - digest_letters - 2);
  digest over;
  over.add(text);
  if (over.text() != made.sha256) return damaged("is not as it was written");
  auto wrong = json::decode(text, made.content, {.bytes = manifest_bytes_max, .depth = 8});
  if (made.content.version != 1) return damaged("is of a version that this program does not know");
  if (!wrong.empty() || !is_sound(made.content)) return damaged("is not well-formed");
  return made;
}

}  // namespace stellwerk
