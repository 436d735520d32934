#pragma once

#include <caf/expected.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "actors/model/journal_queries.hpp"
#include "persistence/journal_lists.hpp"

namespace rocksdb {
class ManagedSnapshot;
}

namespace stellwerk {

/// Whether `context` lets see entries of this type (`event_table`; one without a row needs
/// `journal:read`) at this site.
bool may_see(const context_ptr& context, std::string_view type, std::string_view site);

/// What one page of a search may cost. Where there is more than that, it reads entries and passes
/// over them; when `units` are spent, the page ends.
struct search_bounds {
  std::int64_t units = 12'000;
  std::size_t classes = 512;          // of entries in the journal
  std::size_t texts_looked_at = 256;  // for a pattern of subjects
  std::size_t lists = 64;             // of classes, and as many of subjects
};

/// Finds entries newest first: takes the index's lists for what a question asks and for what its
/// caller may see, steps down to the numbers that are in all of them, and reads these entries.
class journal_search {
 public:
  journal_search(const database& db, const query_journal& what, const search_bounds& bounds);
  ~journal_search();
  journal_search(const journal_search&) = delete;
  journal_search& operator=(const journal_search&) = delete;

  /// Goes to the next entry that is wanted; false if there is none or the effort is spent. Fails
  /// where an entry is not well-formed.
  caf::expected<bool> next();
  /// What it went to; until the next call.
  const entry_view& entry() const { return entry_; }
  /// No entry that was not told yet has a greater number; 0: none is left.
  std::uint64_t rest();

 private:
  using index_lists = std::vector<index_list>;  // an entry is in one of them

  caf::error choose_lists();
  caf::error choose_classes();
  caf::error choose_subjects();
  void choose_actor();
  void choose(const std::vector<std::string>& prefixes);
  std::uint64_t in_all(std::uint64_t seq);
  caf::error failed_list() const;
  void go_to(std::uint64_t seq);
  bool wanted(const entry_view& one) const;

  const database& db_;
  const query_journal& what_;
  search_bounds bounds_;
  effort left_;
  std::unique_ptr<rocksdb::ManagedSnapshot> moment_;
  std::unique_ptr<rocksdb::ReadOptions> read_;
  std::unique_ptr<rocksdb::Iterator> entries_;
  std::vector<index_lists> lists_;  // an entry is in each of them
  std::optional<time_list> times_;
  std::uint64_t oldest_ = 0;
  std::uint64_t at_ = 0;  // where `entries_` stands
  std::uint64_t rest_;    // as `rest` tells, but not narrowed by the lists yet
  entry_view entry_;
  bool chosen_ = false;
};

}  // namespace stellwerk
