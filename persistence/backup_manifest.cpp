#include "persistence/backup_manifest.hpp"

#include <algorithm>
#include <numeric>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "persistence/file_bytes.hpp"
#include "persistence/sealed_stream.hpp"

namespace stellwerk {

/// What anybody may know of an encrypted manifest, and must, so as not to remove what it names.
struct manifest_cover {
  std::uint32_t version = 2;
  std::string id;
  std::string site;
  wall_time created_at{};
  std::string key;                 // its id
  std::vector<std::string> files;  // their names in the folder
};
BOOST_DESCRIBE_STRUCT(manifest_cover, (), (version, id, site, created_at, key, files))

namespace {

constexpr std::size_t digest_letters = 64;
constexpr std::size_t manifest_bytes_max = 4 << 20;
constexpr std::size_t name_letters_max = 100;
constexpr std::uint32_t newest_version = 2;
constexpr std::size_t key_id_letters = 16;

caf::error damaged(const char* what) {
  return refuse(errc::invalid, std::string{"The manifest "} + what);
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= name_letters_max && name.front() != '.' &&
         allows(charset::dotted, name);
}

/// What the node itself puts into a data folder, and nothing that leads out of it.
bool is_our_path(std::string_view path) {
  if (path == "installation.id" || path == "stellwerk.toml") return true;
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

std::string digest_of(std::string_view text) {
  digest over;
  over.add(text);
  return over.text();
}

/// What is encrypted belongs to this cover and to no other.
std::string what_follows(std::string_view cover) { return "manifest " + digest_of(cover); }

template <class Part>
caf::error read_part(std::string_view text, Part& into) {
  auto wrong = json::decode(text, into, {.bytes = manifest_bytes_max, .depth = 8});
  if (into.version == 0 || into.version > newest_version)
    return damaged("is of a version that this program does not know");
  return wrong.empty() ? caf::error{} : damaged("is not well-formed");
}

caf::error read_content(std::string_view text, backup_manifest& into) {
  if (auto why = read_part(text, into)) return why;
  return is_sound(into) ? caf::error{} : damaged("is not well-formed");
}

caf::expected<sealed_manifest> from_sealed(
    std::string sha256, std::string_view open, std::string_view rest, const backup_key_ptr& key
) {
  manifest_cover cover;
  if (auto why = read_part(open, cover)) return why;
  if (!is_uuid(cover.id) || cover.key.size() != key_id_letters ||
      cover.files.size() > backup_files_max || !std::ranges::all_of(cover.files, is_digest))
    return damaged("is not well-formed");
  sealed_manifest made;
  made.sha256 = std::move(sha256);
  made.names = std::move(cover.files);
  made.key_id = cover.key;
  made.locked = !key || key->id() != cover.key;
  made.content.id = cover.id;
  made.content.site = cover.site;
  made.content.created_at = cover.created_at;
  if (made.locked) return made;
  auto content = open_text(*key, what_follows(open), rest);
  if (!content) return damaged("is not as it was written with its key");
  if (auto why = read_content(*content, made.content)) return why;
  if (made.content.id != cover.id) return damaged("is that of another backup");
  return made;
}

}  // namespace

std::uint64_t size_of(const backup_manifest& content) {
  return std::transform_reduce(
      content.files.begin(), content.files.end(), std::uint64_t{0}, std::plus<>{},
      [](auto& one) { return one.size; }
  );
}

std::string to_bytes(
    const backup_manifest& content, std::string& sha256, const backup_key_ptr& key
) {
  auto text = json::encode(content);
  if (key) {
    manifest_cover cover{newest_version,     content.id, content.site,
                         content.created_at, key->id(),  {}};
    for (auto& one : content.files) cover.files.push_back(key->name_of(one.sha256));
    auto open = json::encode(cover);
    text = open + '\n' + seal_text(*key, what_follows(open), text);
  }
  sha256 = digest_of(text);
  return sha256 + '\n' + text + '\n';
}

caf::expected<sealed_manifest> manifest_from(std::string_view bytes, const backup_key_ptr& key) {
  if (bytes.size() < digest_letters + 2 || bytes.size() > manifest_bytes_max ||
      bytes[digest_letters] != '\n' || bytes.back() != '\n')
    return damaged("is cut or is none");
  auto text = bytes.substr(digest_letters + 1, bytes.size() - digest_letters - 2);
  auto sha256 = digest_of(text);
  if (bytes.substr(0, digest_letters) != sha256) return damaged("is not as it was written");
  if (auto end = text.find('\n'); end != text.npos)
    return from_sealed(std::move(sha256), text.substr(0, end), text.substr(end + 1), key);
  sealed_manifest made;
  made.sha256 = std::move(sha256);
  if (auto why = read_content(text, made.content)) return why;
  for (auto& one : made.content.files) made.names.push_back(one.sha256);
  return made;
}

}  // namespace stellwerk
