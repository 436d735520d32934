#pragma once

#include <caf/expected.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/codec.hpp"
#include "persistence/backup_key.hpp"

/// What a backup consists of, see docs/formats.md. Errors here and in the other backup_*.hpp are
/// `invalid` for a damaged backup, `storage_full`, `conflict` for a folder in use, else `internal`;
/// their detail says for people what is wrong with which file.
namespace stellwerk {

/// Below the data folder: `store/000012.sst`.
struct backup_file {
  std::string path;
  std::uint64_t size = 0;
  std::string sha256;
};
BOOST_DESCRIBE_STRUCT(backup_file, (), (path, size, sha256))

struct backup_manifest {
  std::uint32_t version = 2;
  std::string id;  // UUID v7
  std::string site;
  std::string note;
  wall_time created_at{};
  std::string program;              // version of Stellwerk that made it
  std::uint64_t revision = 0;       // of the newest document
  std::uint64_t seq = 0;            // of the newest journal entry
  std::uint64_t written_bytes = 0;  // of files that no earlier backup held
  std::vector<backup_file> files;   // ≤ 10,000, ordered by path
};
BOOST_DESCRIBE_STRUCT(
    backup_manifest, (),
    (version, id, site, note, created_at, program, revision, seq, written_bytes, files)
)

struct sealed_manifest {
  backup_manifest content;         // if it is locked: id, site and created_at alone
  std::string sha256;              // of its bytes
  std::vector<std::string> names;  // under which its files lie, whoever reads it
  std::string key_id;              // with which it is encrypted; empty: it is not
  bool locked = false;             // encrypted, and not with the key that was given
};

inline constexpr std::size_t backup_files_max = 10'000;

std::uint64_t size_of(const backup_manifest& content);

/// As it is stored: its digest, a newline, JSON, a newline. With a key the JSON says but where its
/// files lie and which key it is, and the manifest follows it encrypted.
std::string to_bytes(
    const backup_manifest& content, std::string& sha256, const backup_key_ptr& key = {}
);
/// Refused whole unless every byte is as it was written and every path lies where a backup may
/// write. Another key than that of `key` locks it.
caf::expected<sealed_manifest> manifest_from(
    std::string_view bytes, const backup_key_ptr& key = {}
);

}  // namespace stellwerk
