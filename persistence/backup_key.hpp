#pragma once

#include <caf/expected.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "persistence/cipher.hpp"

namespace stellwerk {

/// What backups are encrypted with, see docs/formats.md. Knows the keys that come of the operator's
/// one, each for one purpose, and not that one itself.
class backup_key {
 public:
  explicit backup_key(const key_256& secret);

  /// 16 hexadecimal digits that tell nothing of the key.
  const std::string& id() const { return id_; }
  /// Under which a file of this content lies, 64 hexadecimal digits: to others it says nothing.
  std::string name_of(std::string_view sha256) const;
  /// Of one stream: no other `salt` or `what` gives the same.
  key_256 stream_key(std::string_view salt, std::string_view what) const;

 private:
  std::string id_;
  key_256 names_;
  key_256 data_;
};
using backup_key_ptr = std::shared_ptr<const backup_key>;

/// Of a file that its owner alone may read: 64 lower-case hexadecimal digits. Else `invalid`, with
/// what is wrong and what to do, and never what is in it.
caf::expected<backup_key_ptr> read_backup_key(const std::filesystem::path& file);

}  // namespace stellwerk
