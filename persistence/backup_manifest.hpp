#pragma once

#include <caf/expected.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/codec.hpp"

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
  std::uint32_t version = 1;
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
  backup_manifest content;
  std::string sha256;  // of its bytes
};

inline constexpr std::size_t backup_files_max = 10'000;

std::uint64_t size_of(const backup_manifest& content);

/// As it is stored: its digest, a newline, JSON, a newline.
std::string to_bytes(const backup_manifest& content, std::string& sha256);
/// Refused whole unless every byte is as it was written and every path lies where a backup may
/// write.
caf::expected<sealed_manifest> manifest_from(std::string_view bytes);

}  // namespace stellwerk
