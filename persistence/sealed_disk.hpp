#pragma once

#include <memory>

#include "persistence/backup_key.hpp"

namespace rocksdb {
class Env;
}

namespace stellwerk {

/// A disk to read RocksDBs from whose files are links into an encrypted backup: each is decrypted
/// where it is read, a chunk at a time, and nothing of it is written anywhere.
std::unique_ptr<rocksdb::Env> sealed_disk(backup_key_ptr key);

}  // namespace stellwerk
