#include "persistence/store_reader.hpp"

#include <rocksdb/db.h>

#include <algorithm>

#include "persistence/big_endian.hpp"
#include "persistence/journal_explain.hpp"
#include "persistence/journal_pages.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;
using reader_self = metered<store_reader_interface, store_reader_state>;
using verify_atom = caf::atom_constant<caf::atom("verify")>;

constexpr std::uint32_t scan_max = 10'000;
constexpr std::size_t verify_step_entries = 5'000;
constexpr auto verify_pause = 1h;

/// The first key after all that begin with `prefix`; empty if there is none.
std::string end_of(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (!prefix.empty()) ++prefix.back();
  return prefix;
}

std::unique_ptr<rocksdb::Iterator> begin_scan(const database& db, const scan& what) {
  std::unique_ptr<rocksdb::Iterator> row{db->NewIterator({}, family(db, store_family::documents))};
  if (!what.newest_first) {
    row->Seek(std::max(what.prefix, what.after));
    if (row->Valid() && row->key() == what.after) row->Next();
    return row;
  }
  auto end = end_of(what.prefix);
  if (!what.after.empty() && (end.empty() || what.after < end)) end = what.after;
  if (end.empty())
    row->SeekToLast();
  else
    row->SeekForPrev(end);
  if (row->Valid() && row->key() == end) row->Prev();
  return row;
}

caf::result<documents> answer_scan(const database& db, const scan& what) {
  documents found;
  std::size_t bytes = 0;
  auto limit = std::clamp(what.limit, 1u, scan_max);
  auto row = begin_scan(db, what);
  for (; row->Valid() && row->key().starts_with(what.prefix);
       what.newest_first ? row->Prev() : row->Next()) {
    if (found.items.size() >= limit || bytes >= page_bytes_max) {
      found.more = true;
      return found;
    }
    auto stored = row->value().ToStringView();
    auto revision = take_big_endian<std::uint64_t>(stored);
    if (!revision) return failure(rocksdb::Status::Corruption("a document without a revision"));
    bytes += row->key().size() + stored.size();
    found.items.push_back({row->key().ToString(), std::string{stored}, *revision});
  }
  if (!row->status().ok()) return failure(row->status());
  return found;
}

void tell_verdict(reader_self* self, const instruments& tools) {
  auto& state = self->state;
  state.verdict = state.check->verdict();
  state.verdict.checked_at = tools.now();
  state.check.reset();
  tools.numbers->journal_ok.Set(state.verdict.ok ? 1 : 0);
  if (state.verdict.ok) return;
  auto wrong = static_cast<std::int64_t>(state.verdict.first_wrong_seq.value_or(0));
  tools.lines->error("journal.broken", {{"first_wrong_seq", wrong}});
}

void verify_more(reader_self* self, const instruments& tools) {
  auto& state = self->state;
  if (!state.check) state.check.emplace(state.db);
  if (state.check->step(verify_step_entries)) return self->send(self, verify_atom::value);
  tell_verdict(self, tools);
  self->delayed_send(self, verify_pause, verify_atom::value);
}

/// `expected` → `result`.
template <class T>
caf::result<T> answer(caf::expected<T> found) {
  if (!found) return std::move(found.error());
  return std::move(*found);
}

}  // namespace

store_reader_interface::behavior_type store_reader(
    reader_self* self, database_ptr db, instruments tools
) {
  self->state.db = std::move(db);
  tools.numbers->journal_ok.Set(1);
  self->send(self, verify_atom::value);
  return {
      [=](const scan& what) { return answer_scan(*self->state.db, what); },
      [=](const query_journal& what) { return answer(page_of(*self->state.db, what)); },
      [=](const read_journal& what) { return answer(slice_of(*self->state.db, what)); },
      [=](const explain_entry& what) { return answer(explanation_of(*self->state.db, what)); },
      [=](const read_verdict&) -> caf::result<journal_verdict> { return self->state.verdict; },
      [=](verify_atom) { verify_more(self, tools); },
  };
}

}  // namespace stellwerk
