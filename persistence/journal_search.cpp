#include "persistence/journal_search.hpp"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <algorithm>
#include <array>

#include "persistence/big_endian.hpp"
#include "persistence/store_database.hpp"

namespace stellwerk {

namespace {

constexpr std::uint64_t steps_before_seek = 8;

bool is_pattern(std::string_view text) { return text.find('*') != text.npos; }
std::string_view literal_begin(std::string_view pattern) {
  return pattern.substr(0, pattern.find('*'));
}

/// Whether `pattern` may match a subject of this group.
bool may_match(std::string_view pattern, std::string_view group) {
  if (group.empty()) return true;
  auto begin = literal_begin(pattern);
  auto common = std::min(begin.size(), group.size());
  if (begin.substr(0, common) != group.substr(0, common)) return false;
  return begin.size() <= group.size() ? is_pattern(pattern) : begin[group.size()] == '/';
}

struct entry_class {
  std::string_view site, type, group;
};
entry_class class_from(std::string_view text) {
  auto first = text.find('\0');
  auto second = text.find('\0', first + 1);
  if (second == text.npos) return {};
  return {
      text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

}  // namespace

bool may_see(const context_ptr& context, std::string_view type, std::string_view site) {
  auto* row = event_row_of(type);
  auto needed = row != nullptr ? row->seen_by : permission::journal_read;
  scope_target on;
  on.site = site;
  return context && allowed(context->caller->given, needed, on);
}

journal_search::journal_search(
    const database& db, const query_journal& what, const search_bounds& bounds
)
    : db_(db),
      what_(what),
      bounds_(bounds),
      left_(bounds.units),
      moment_(std::make_unique<rocksdb::ManagedSnapshot>(db.operator->())),
      read_(std::make_unique<rocksdb::ReadOptions>()),
      rest_(what.cursor.value_or(UINT64_MAX)) {
  read_->snapshot = moment_->snapshot();
  entries_.reset(db->NewIterator(*read_, family(db, store_family::journal)));
  auto here = [&] {
    if (!entries_->Valid()) return std::uint64_t{0};
    auto key = entries_->key().ToStringView();
    return take_big_endian<std::uint64_t>(key).value_or(0);
  };
  entries_->SeekToFirst();
  oldest_ = here();
  entries_->SeekToLast();
  at_ = here();
  rest_ = std::min(rest_ - (rest_ == 0 ? 0 : 1), at_);
}
journal_search::~journal_search() = default;

std::uint64_t journal_search::rest() {
  rest_ = in_all(rest_);
  return rest_;
}

caf::expected<bool> journal_search::next() {
  if (!chosen_)
    if (auto why = choose_lists()) return why;
  chosen_ = true;
  for (bool looked = false; rest_ != 0; looked = true) {
    rest_ = in_all(rest_);
    if (auto why = failed_list()) return why;
    if (rest_ == 0 || (looked && left_.spent())) return false;
    go_to(rest_);
    if (!entries_->status().ok()) return failure(entries_->status());
    if (!entries_->Valid())
      return failure(rocksdb::Status::Corruption("a journal entry is missing"));
    auto seen = entry_from(entries_->value().ToStringView());
    if (!seen) return failure(rocksdb::Status::Corruption("a journal entry is not well-formed"));
    auto missing = seen->seq != rest_;  // then an older one was found, which may not be in all
    at_ = seen->seq;
    rest_ = missing ? at_ : at_ - 1;
    if (missing || !wanted(*seen)) continue;
    entry_ = *seen;
    return true;
  }
  return false;
}

void journal_search::go_to(std::uint64_t seq) {
  auto key = to_big_endian(seq);
  if (at_ >= seq && at_ - seq <= steps_before_seek)
    while (entries_->Valid() && entries_->key().compare(key) > 0) {
      entries_->Prev();
      left_.spend(effort::step);
    }
  else {
    entries_->SeekForPrev(key);
    left_.spend(effort::seek);
  }
}

bool journal_search::wanted(const entry_view& one) const {
  if (what_.from && one.time < *what_.from) return false;
  if (what_.to && one.time >= *what_.to) return false;
  if (what_.actor && one.principal != what_.actor->str() && one.name != what_.actor->str())
    return false;
  if (what_.type && !matches(what_.type->str(), one.type)) return false;
  if (what_.subject && !matches(what_.subject->str(), one.subject)) return false;
  return may_see(what_.context, one.type, one.site);
}

/// The greatest number that is `seq` or less and in all lists, 0 if there is none; a greater one
/// when the effort is spent.
std::uint64_t journal_search::in_all(std::uint64_t seq) {
  for (auto before = UINT64_MAX; before != seq && seq >= oldest_ && !left_.spent();) {
    before = seq;
    for (auto& lists : lists_) {
      std::uint64_t greatest = 0;
      for (auto& one : lists) greatest = std::max(greatest, one.at_most(seq, left_));
      seq = greatest;
    }
    if (times_) seq = times_->at_most(seq, left_);
  }
  return seq < oldest_ ? 0 : seq;
}

caf::error journal_search::failed_list() const {
  for (auto& lists : lists_)
    for (auto& one : lists)
      if (auto why = one.failed()) return why;
  return times_ ? times_->failed() : caf::error{};
}

caf::error journal_search::choose_lists() {
  if (auto why = choose_classes()) return why;
  if (auto why = choose_subjects()) return why;
  choose_actor();
  if (what_.from || what_.to) times_.emplace(db_, *read_, oldest_, what_.from, what_.to);
  return {};
}

/// Few lists of which each entry is in one at most; none at all: nothing passes.
void journal_search::choose(const std::vector<std::string>& prefixes) {
  if (prefixes.size() > bounds_.lists) return;
  if (prefixes.empty()) rest_ = 0;
  auto& made = lists_.emplace_back();
  for (auto& prefix : prefixes) made.emplace_back(db_, *read_, prefix);
}

/// By type, group of the subject, and what the caller may see.
caf::error journal_search::choose_classes() {
  auto found = texts_of(db_, *read_, index_kind::entry_class, {}, bounds_.classes);
  if (!found) return found.error();
  left_.spend(effort::seek * static_cast<std::int64_t>(found->all.size()));
  if (!found->complete) return {};
  std::vector<std::string> passing;
  for (auto& text : found->all) {
    auto [site, type, group] = class_from(text);
    if (what_.type && whole(type) && !matches(what_.type->str(), type)) continue;
    if (what_.subject && !may_match(what_.subject->str(), group)) continue;
    if (whole(site) && whole(type) && !may_see(what_.context, type, site)) continue;
    passing.push_back(class_prefix(site, type, group));
  }
  if (passing.size() < found->all.size()) choose(passing);
  return {};
}

caf::error journal_search::choose_subjects() {
  if (!what_.subject) return {};
  auto& pattern = what_.subject->str();
  if (!is_pattern(pattern)) {
    choose({index_prefix(index_kind::subject, pattern)});
    return {};
  }
  auto found =
      texts_of(db_, *read_, index_kind::subject, literal_begin(pattern), bounds_.texts_looked_at);
  if (!found) return found.error();
  left_.spend(effort::seek * static_cast<std::int64_t>(found->all.size()));
  if (!found->complete) return {};
  std::vector<std::string> passing;
  for (auto& text : found->all)
    if (!whole(text) || matches(pattern, text))
      passing.push_back(index_prefix(index_kind::subject, text));
  choose(passing);
  return {};
}

void journal_search::choose_actor() {
  if (!what_.actor) return;
  auto& who = what_.actor->str();
  choose({index_prefix(index_kind::principal, who), index_prefix(index_kind::name, who)});
}

}  // namespace stellwerk
