#include "persistence/manifest_seal.hpp"

#include <rocksdb/env.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "monitoring/failpoint.hpp"
#include "persistence/file_bytes.hpp"

namespace stellwerk {

namespace fs = std::filesystem;

namespace {

constexpr auto seal_name = "SEAL";
constexpr auto current_name = "CURRENT";  // RocksDB's: holds the manifest's name

std::string sha256(std::string_view bytes) {
  digest of;
  of.add(bytes);
  return of.text();
}

std::string content(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string manifest_of(const fs::path& folder) {
  auto name = content(folder / current_name);
  if (!name.ends_with('\n')) return {};
  name.pop_back();
  return name;
}

/// Of the first `size` bytes; empty if there are fewer.
std::optional<std::string> digest_of(const fs::path& file, std::uint64_t size) {
  file_reader in{file, size};
  for (;;) {
    auto piece = in.next();
    if (!piece) return {};
    if (piece->empty()) return in.sha256();
  }
}

}  // namespace

manifest_seal::manifest_seal(fs::path folder, rocksdb::Env* env)
    : folder_(std::move(folder)), env_(env != nullptr ? env : rocksdb::Env::Default()) {}

void manifest_seal::write() {
  std::lock_guard alone{gate_};
  auto name = manifest_of(folder_);
  std::error_code absent;
  auto size = fs::file_size(folder_ / name, absent);
  if (failed_ || name.empty() || absent || fails_at(failpoint::seal_before_write)) return;
  std::unique_ptr<rocksdb::WritableFile> file;
  auto synced = env_->ReopenWritableFile((folder_ / name).string(), &file, {});
  if (synced.ok()) synced = file->Sync();
  failed_ = !synced.ok();  // a second one might say that it worked, without the bytes
  if (failed_) return;
  auto sum = digest_of(folder_ / name, size);
  if (!sum) return;
  auto line = name + ' ' + std::to_string(size) + ' ' + *sum + '\n';
  std::ofstream{folder_ / seal_name, std::ios::binary} << line << sha256(line) << '\n';
}

std::string broken_seal(const fs::path& folder) {
  auto text = content(folder / seal_name);
  auto line = text.substr(0, text.find('\n') + 1);
  if (line.empty() || text != line + sha256(line) + '\n') return {};
  std::istringstream in{line};
  std::string name, sum;
  std::uint64_t size = 0;
  in >> name >> size >> sum;
  if (name != manifest_of(folder)) return {};
  return digest_of(folder / name, size) == sum ? std::string{} : name;
}

}  // namespace stellwerk
