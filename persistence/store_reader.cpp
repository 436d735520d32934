#include "persistence/store_reader.hpp"

#include <rocksdb/db.h>

#include <algorithm>

#include "persistence/big_endian.hpp"
#include "persistence/journal_explain.hpp"
#include "persistence/journal_pages.hpp"

namespace stellwerk {

/// What the journal tells of an export of it.
struct journal_export_facts {
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;
};
BOOST_DESCRIBE_STRUCT(journal_export_facts, (), (from_seq, to_seq))

namespace {

using namespace std::chrono_literals;
using reader_self = metered<store_reader_interface, store_reader_state>;
using verify_atom = caf::atom_constant<caf::atom("verify")>;

constexpr std::uint32_t scan_max = 10'000;
constexpr std::size_t verify_step_entries = 5'000;
constexpr auto verify_pause = 1h;
constexpr auto journal_within = 5s;

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
  auto why = state.verdict.problem.value_or("");
  tools.lines->error(
      "journal.broken", {{"first_wrong_seq", wrong}, {"why", std::string_view{why}}}
  );
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

/// The first piece waits for the journal.
caf::result<journal_piece> begin_export(
    reader_self* self, const export_seal& seal, const store_actor& store, wall_time now,
    const export_journal& what
) {
  auto run = journal_export::begin(self->state.db, seal, what.range, now);
  if (!run) return run.error();
  journal_export_facts facts{(*run)->from_seq(), (*run)->to_seq()};
  commit journaled;
  journaled.events.push_back(
      make_event(event_type::journal_exported, "journal", what.context, {json::encode(facts)})
  );
  auto reply = self->make_response_promise<journal_piece>();
  self->request(store, journal_within, std::move(journaled))
      .then(
          [=, run = *run](const committed&) mutable {
            auto piece = run->next();
            if (!piece) return void(reply.deliver(std::move(piece.error())));
            piece->run = run;
            reply.deliver(std::move(*piece));
          },
          [=](caf::error& why) mutable { reply.deliver(std::move(why)); }
      );
  return reply;
}

}  // namespace

store_reader_interface::behavior_type store_reader(
    reader_self* self, database_ptr db, export_seal seal, store_actor store, instruments tools
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
      [=](const read_journal_keys&) -> caf::result<journal_keys> {
        auto keys = keys_of(*self->state.db, seal.key.get(), tools.now());
        if (!keys) return keys.error();
        return journal_keys{std::move(*keys)};
      },
      [=](const export_journal& what) {
        return what.run ? answer(what.run->next())
                        : begin_export(self, seal, store, tools.now(), what);
      },
      [=](verify_atom) { verify_more(self, tools); },
  };
}

}  // namespace stellwerk
