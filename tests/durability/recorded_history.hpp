#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "persistence/sample_writer.hpp"
#include "tests/durability/recorded.hpp"

namespace stellwerk {

/// Group n is log record n.
class recorded_history {
 public:
  static constexpr std::size_t families = 7;
  static constexpr std::uint32_t series_count = 4;
  static constexpr sample_limits limits{12 << 10, 8 << 10, {}, {}, {120, 4, 2, 1}};

  explicit recorded_history(std::filesystem::path data, rocksdb::Env* env = nullptr);
  void open() {
    db = open_history(data_, env_);
    writer = std::make_unique<sample_writer>(db, limits);
  }
  void close() {
    writer.reset();
    db.reset();
  }

  /// One group of a source, then some heads closed; false if it was not acknowledged.
  bool write(std::mt19937_64& draw);
  void write_mark() {
    writer->write_mark();
    marked = acknowledged;
  }

  /// Makes tables of what a family holds in memory; false if that failed.
  bool flush(std::size_t family);

  /// What a node finds that starts on `data`; nothing up to record `least` may be missing, but for
  /// samples of times that it says it does not keep.
  finding look(const std::filesystem::path& data, std::size_t least) const;

  database_ptr db;
  std::unique_ptr<sample_writer> writer;
  std::vector<samples> groups;
  std::atomic<std::size_t> acknowledged = 0;
  std::size_t marked = 0;

 private:
  samples drawn(std::mt19937_64& draw);

  using state = std::map<wall_time, value>;
  state state_at(std::uint32_t series, std::size_t record) const;

  static std::string newest_record(const database& found, std::size_t& record);
  finding compare_samples(const database& found, const sample_writer& writes, std::size_t record)
      const;
  finding compare_buckets(const database& found, const sample_writer& writes, std::size_t record)
      const;
  finding compare_sources(sample_writer& writes, std::size_t record) const;

  std::filesystem::path data_;
  rocksdb::Env* env_;
  wall_time now_ = record_begin;
};

}  // namespace stellwerk
