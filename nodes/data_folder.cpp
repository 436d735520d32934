#include "nodes/data_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <set>

#include "actors/model/ids.hpp"
#include "persistence/private_file.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t secret_letters_min = 32;
constexpr std::size_t secret_kinds_min = 8;
/// Placeholders that have been published in examples.
constexpr std::array known_defaults{
    "dev-key-change-in-production", "change-me-in-production", "your_jwt_secret_here_min_32_chars",
    "your_turn_secret_here_min_32_chars", "changeme"};

std::string weakness_of(const std::string& secret) {
  for (std::string_view known : known_defaults)
    if (secret.find(known) != secret.npos) return "is a published default";
  if (secret.size() < secret_letters_min) return "is shorter than 32 characters";
  if (std::set<char>(secret.begin(), secret.end()).size() < secret_kinds_min)
    return "has fewer than 8 different characters";
  return {};
}

}  // namespace

void prepare_data_folder(const std::filesystem::path& named, config_complaints& wrong) {
  auto folder = named.has_filename() ? named : named.parent_path();  // "data/" is "data"
  auto complain = [&](const std::string& what) {
    wrong.push_back(folder.string() + ": data_dir: " + what);
  };
  struct stat told {};
  if (lstat(folder.c_str(), &told) != 0) {
    std::error_code bad;
    std::filesystem::create_directories(folder.parent_path(), bad);
    if (mkdir(folder.c_str(), 0700) != 0 || lstat(folder.c_str(), &told) != 0)
      return complain("cannot be made: name a folder that this user may write to");
  }
  if (!S_ISDIR(told.st_mode)) return complain("is no folder: name another");
  if (told.st_uid != geteuid())
    return complain("belongs to another user: run as that user, or name another folder");
  if ((told.st_mode & 0077u) != 0)
    return complain("others may look into it: set its mode to 0700 (chmod 0700)");
}

std::optional<std::string> read_secret(
    const std::filesystem::path& file, const std::string& key, config_complaints& wrong
) {
  auto complain = [&](const std::string& what) {
    wrong.push_back(file.string() + ": " + key + ": " + what);
    return std::nullopt;
  };
  std::string why;
  auto secret = read_private_line(file, why);
  if (!secret) return complain(why);
  if (auto weakness = weakness_of(*secret); !weakness.empty())
    return complain("the secret " + weakness + ": use 64 random bytes");
  return secret;
}

std::optional<std::string> read_or_make_secret(
    const std::filesystem::path& file, const std::string& key, config_complaints& wrong
) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    std::array<std::uint8_t, 64> bytes{};
    fill_random(bytes);
    auto text = to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (!write_private_file(file, text + '\n')) {
      wrong.push_back(file.string() + ": " + key + ": cannot be written: check the folder");
      return {};
    }
  }
  return read_secret(file, key, wrong);
}

}  // namespace stellwerk
