#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "persistence/backup_key.hpp"

namespace stellwerk {

/// Bytes as an encrypted backup holds them, see docs/formats.md: a head, then chunks of a MiB, each
/// under a nonce that says which it is and whether it is the last. So a stream that lost its end,
/// or in which anything was changed, exchanged, or taken from another stream, does not open.
class sealed_stream {
 public:
  static constexpr std::size_t head_bytes = 48;
  static constexpr std::size_t chunk_bytes = 1 << 20;

  /// On the disk, of so many bytes.
  static std::uint64_t sealed_size(std::uint64_t plain);
  /// The other way round; empty if no stream is so long.
  static std::optional<std::uint64_t> plain_size(std::uint64_t sealed);
  /// At least one: nothing is one empty chunk.
  static std::uint64_t chunks_of(std::uint64_t plain);

  /// A new one under a key of its own. `what`: which one it is to be; it opens as no other.
  sealed_stream(const backup_key& key, std::string_view what);
  /// One that begins with `head`; empty if that is none of this key's.
  static std::optional<sealed_stream> from(
      const backup_key& key, std::string_view what, std::string_view head
  );

  const std::string& head() const { return head_; }
  /// Each number once. REQUIRES: `chunk_bytes` of text, or at most as many if it is the last.
  std::string seal(std::uint64_t number, bool last, std::string_view plain) const;
  /// Makes `text` plain. False: it is not what was sealed.
  bool open(std::uint64_t number, bool last, std::string& text) const;

 private:
  sealed_stream(std::string head, const key_256& key) : head_(std::move(head)), key_(key) {}

  std::string head_;
  key_256 key_;
};

/// What a file of the folder of backups is sealed as; it lies under `name`.
inline std::string sealed_file(const std::string& name) { return "file " + name; }

/// Whole ones, for what is small.
std::string seal_text(const backup_key& key, std::string_view what, std::string_view plain);
std::optional<std::string> open_text(
    const backup_key& key, std::string_view what, std::string_view sealed
);

}  // namespace stellwerk
