#include "persistence/journal_explain.hpp"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>

#include "actors/model/error.hpp"
#include "persistence/big_endian.hpp"
#include "persistence/journal_index.hpp"
#include "persistence/journal_pages.hpp"
#include "persistence/journal_search.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t linked_max = 50;     // entries each way
constexpr std::size_t looked_max = 2'000;  // rows of the index each way

/// Subjects that are one thing done, from its beginning to its end.
constexpr std::array operations{"command", "backup"};

bool is_operation(std::string_view subject) {
  return std::ranges::find(operations, group_of(subject)) != operations.end();
}

/// Entries whose text of this kind is `text`.
struct shared_text {
  entry_link link{};
  index_kind kind{};
  std::string text;

  bool is_of(const journal_entry& one) const {
    auto& its = kind == index_kind::subject ? one.subject
                : kind == index_kind::cause ? one.cause
                                            : one.request_id;
    return its == text;  // rows are of texts that may be cut
  }
};

class links {
 public:
  links(const database& db, const context_ptr& context)
      : db_(db), context_(context), moment_(db.operator->()) {
    read_.snapshot = moment_.snapshot();
    entries_.reset(db->NewIterator(read_, family(db, store_family::journal)));
    rows_.reset(db->NewIterator(read_, family(db, store_family::journal_index)));
  }

  /// Empty if there is none, or none for this caller.
  std::optional<journal_entry> entry(std::uint64_t seq) {
    auto key = to_big_endian(seq);
    entries_->Seek(key);
    if (!entries_->Valid() || entries_->key() != key) return {};
    auto seen = entry_from(entries_->value().ToStringView());
    if (!seen || !may_see(context_, seen->type, seen->site)) return {};
    bytes_ += seen->stored.size();
    return to_entry(*seen);
  }

  /// In order of `seq`; `complete` becomes false if there is more.
  std::vector<linked_entry> follow(const journal_entry& first, bool forwards, bool& complete) {
    std::map<std::uint64_t, linked_entry> found;
    std::deque<const journal_entry*> next{&first};
    looked_ = 0;
    while (!next.empty() && complete) {
      auto& from = *next.front();
      next.pop_front();
      for (auto& shared : texts_of(from, forwards)) {
        auto prefix = index_prefix(shared.kind, shared.text);
        if (!followed_.insert({forwards, prefix}).second) continue;
        complete = each_row(prefix, from.seq, forwards, [&](std::uint64_t seq) {
          if (seq == first.seq || found.contains(seq)) return true;
          if (found.size() == linked_max || bytes_ >= page_bytes_max) return false;
          auto one = entry(seq);
          if (!one || !shared.is_of(*one)) return true;
          auto& kept = found[seq] = {shared.link, from.seq, std::move(*one)};
          next.push_back(&kept.entry);
          return true;
        });
        if (!complete) break;
      }
    }
    std::vector<linked_entry> all;
    for (auto& [seq, one] : found) all.push_back(std::move(one));
    return all;
  }

  bool failed() const { return !rows_->status().ok() || !entries_->status().ok(); }

 private:
  static std::vector<shared_text> texts_of(const journal_entry& of, bool forwards) {
    auto cause = forwards ? shared_text{entry_link::cause, index_kind::cause, of.subject}
                          : shared_text{entry_link::cause, index_kind::subject, of.cause};
    std::vector<shared_text> all{{entry_link::request, index_kind::request, of.request_id}, cause};
    if (is_operation(of.subject))
      all.push_back({entry_link::subject, index_kind::subject, of.subject});
    std::erase_if(all, [](auto& one) { return one.text.empty(); });
    return all;
  }

  /// Calls `f(seq)` for the rows after, or before, `seq`, the nearest first, until it says false.
  template <class F>
  bool each_row(const std::string& prefix, std::uint64_t seq, bool forwards, F f) {
    if (forwards)
      rows_->Seek(prefix + to_big_endian(seq + 1));
    else
      rows_->SeekForPrev(prefix + to_big_endian(seq - 1));
    for (; rows_->Valid() && rows_->key().starts_with(prefix);
         forwards ? rows_->Next() : rows_->Prev()) {
      auto rest = rows_->key().ToStringView().substr(prefix.size());
      auto found = take_big_endian<std::uint64_t>(rest);
      if (++looked_ > looked_max || !found || !f(*found)) return false;
    }
    return true;
  }

  const database& db_;
  const context_ptr& context_;
  rocksdb::ManagedSnapshot moment_;
  rocksdb::ReadOptions read_;
  std::unique_ptr<rocksdb::Iterator> entries_;
  std::unique_ptr<rocksdb::Iterator> rows_;
  std::set<std::pair<bool, std::string>> followed_;
  std::size_t looked_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

caf::expected<explanation> explanation_of(const database& db, const explain_entry& what) {
  links all{db, what.context};
  auto entry = all.entry(what.seq);
  if (!entry) return refuse(errc::not_found);
  explanation made;
  auto causes = true;
  auto effects = true;
  made.because = all.follow(*entry, false, causes);
  made.followed = all.follow(*entry, true, effects);
  if (all.failed()) return failure(rocksdb::Status::Corruption("the journal cannot be read"));
  made.entry = std::move(*entry);
  made.complete = causes && effects;
  return made;
}

}  // namespace stellwerk
