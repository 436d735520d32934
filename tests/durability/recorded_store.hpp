#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "persistence/store_writer.hpp"
#include "tests/durability/recorded.hpp"

namespace stellwerk {

/// A commit of revision n is the n-th of the record, and tells of itself in the journal.
class recorded_store {
 public:
  static constexpr std::size_t families = 4;

  explicit recorded_store(std::filesystem::path data, rocksdb::Env* env = nullptr);
  void open() {
    db = open_store(data_, env_);
    writer = std::make_unique<store_writer>(db, "main", once_limits{});
  }
  void close() {
    writer.reset();
    db.reset();
  }

  /// One group of one or two commits; false if it was not acknowledged.
  bool write(std::mt19937_64& draw);
  void write_mark() {
    mark_of(*db).write(acknowledged);
    marked = acknowledged;
  }

  /// Makes tables of what a family holds in memory; false if that failed.
  bool flush(std::size_t family);

  /// What a node finds that starts on `data`; nothing up to revision `least` may be missing.
  finding look(const std::filesystem::path& data, std::size_t least) const;

  database_ptr db;
  std::unique_ptr<store_writer> writer;
  std::vector<commit> steps;
  std::atomic<std::size_t> acknowledged = 0;
  std::size_t marked = 0;

 private:
  commit drawn(std::mt19937_64& draw) const;

  using state = std::map<std::string, std::pair<std::uint64_t, std::string>>;
  state state_at(std::size_t revision) const;

  finding compare_documents(const database& found, std::size_t revision) const;
  finding compare_once(store_writer& writes, std::size_t revision) const;
  finding compare_journal(const database_ptr& found, std::size_t revision) const;

  std::filesystem::path data_;
  rocksdb::Env* env_;
};

}  // namespace stellwerk
