#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rocksdb {
class Env;
}

namespace stellwerk {

/// A file or a database below a data folder, like `store/000012.sst`, and what is wrong with it.
struct damage {
  std::string where;
  std::string what;
  bool harms = true;  // else a start mends it, and only then it can be read as a whole
};

/// Reads all there is of store and history below `data_dir`, every log, table and entry, and
/// changes nothing. Empty: it is whole. Throws storage_error if there is no data folder or a node
/// runs on it.
std::vector<damage> check_data(const std::filesystem::path& data_dir);

/// What is wrong with one of RocksDB's tables, by its checksums; empty: nothing. `env`: what reads
/// it; null for the machine's.
std::string table_damage(const std::filesystem::path& file, rocksdb::Env* env = nullptr);

}  // namespace stellwerk
