#pragma once

#include <caf/error.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/model/events.hpp"
#include "persistence/journal_index.hpp"

namespace rocksdb {
class Iterator;
struct ReadOptions;
}  // namespace rocksdb

/// Numbers of entries with something in common, read from the greatest down.
namespace stellwerk {

/// What a search may still cost: about a microsecond a unit where blocks are in memory.
class effort {
 public:
  static constexpr std::int64_t step = 1;
  static constexpr std::int64_t seek = 8;
  explicit effort(std::int64_t units) : left_(units) {}
  void spend(std::int64_t units) { left_ -= units; }
  bool spent() const { return left_ <= 0; }

 private:
  std::int64_t left_;
};

/// The entries whose index rows begin with one prefix.
class index_list {
 public:
  index_list(const database& db, const rocksdb::ReadOptions& read, std::string prefix);
  ~index_list();
  index_list(index_list&&) noexcept;

  /// The greatest number in it that is `seq` or less, 0 if there is none. REQUIRES: `seq` never
  /// grows.
  std::uint64_t at_most(std::uint64_t seq, effort& left);
  caf::error failed() const;

 private:
  void note();

  std::unique_ptr<rocksdb::Iterator> row_;
  std::string prefix_;
  std::uint64_t at_ = UINT64_MAX;  // where `row_` stands; before the first look nowhere
};

/// The stretches of entries whose time lies in [from, to). Where the clock was not set back, times
/// ascend; so that each such run takes a binary search.
class time_list {
 public:
  time_list(
      const database& db, const rocksdb::ReadOptions& read, std::uint64_t oldest,
      std::optional<wall_time> from, std::optional<wall_time> to
  );

  /// No number in it is greater than the answer and `seq` or less; in it itself, unless the effort
  /// is spent. 0 if there is none. REQUIRES: there is an entry `seq`, which never grows.
  std::uint64_t at_most(std::uint64_t seq, effort& left);
  caf::error failed() const { return failed_ ? failed_ : set_backs_.failed(); }

 private:
  wall_time time_of(std::uint64_t seq, effort& left);
  /// The least number from `low` to `high` whose time is `bound` or later; else `high + 1`.
  std::uint64_t first_from(std::uint64_t low, std::uint64_t high, wall_time bound, effort& left);
  void enter_run(std::uint64_t seq, effort& left);

  const database& db_;
  const rocksdb::ReadOptions& read_;
  wall_time from_;
  wall_time to_;
  index_list set_backs_;
  std::uint64_t oldest_;     // entry in the journal
  std::uint64_t run_begin_;  // of the run looked at last
  std::uint64_t low_ = 1;    // of it, what lies in the time wanted: from here to before `end_`
  std::uint64_t end_ = 1;
  caf::error failed_;
};

/// Texts of one kind in the index that begin with `begin`, in order, at most `most`: `complete` if
/// there are no more. A class is its three texts with NULs between them.
struct indexed_texts {
  std::vector<std::string> all;
  bool complete = false;
};
caf::expected<indexed_texts> texts_of(
    const database& db, const rocksdb::ReadOptions& read, index_kind kind, std::string_view begin,
    std::size_t most
);

}  // namespace stellwerk
