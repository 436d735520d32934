#include "tests/durability/recorded_store.hpp"

#include <rocksdb/db.h>

#include "persistence/big_endian.hpp"
#include "persistence/journal_check.hpp"
#include "persistence/journal_pages.hpp"

namespace stellwerk {

recorded_store::recorded_store(std::filesystem::path data, rocksdb::Env* env)
    : data_(std::move(data)), env_(env) {
  open();
}

bool recorded_store::write(std::mt19937_64& draw) {
  for (auto n = 1 + draw() % 2; n > 0; --n) {
    auto what = drawn(draw);
    if (!writer->add(what, record_begin)) return false;
    steps.push_back(std::move(what));
  }
  if (!writer->write()) return false;
  acknowledged = steps.size();
  return true;
}

bool recorded_store::flush(std::size_t family) { return (*db)->Flush({}, db->family(family)).ok(); }

finding recorded_store::look(const std::filesystem::path& data, std::size_t least) const {
  try {
    auto found = open_store(data);
    store_writer writes{found, "main", {}};
    auto revision = writes.head().revision;
    if (revision < least || revision > steps.size())
      return {outcome::wrong, "it ends at revision " + std::to_string(revision)};
    auto seen = compare_documents(*found, revision);
    if (seen.what == outcome::harmless) seen = compare_once(writes, revision);
    if (seen.what == outcome::harmless) seen = compare_journal(found, revision);
    if (seen.what == outcome::harmless && revision < acknowledged) seen.what = outcome::tail_lost;
    return seen;
  } catch (const storage_error& why) {
    return {outcome::refused, why.what()};
  }
}

commit recorded_store::drawn(std::mt19937_64& draw) const {
  auto number = std::to_string(steps.size() + 1);
  commit what;
  auto key = draw() % 24;
  for (auto n = 1 + draw() % 2; n > 0; --n, ++key) {
    what.changes.push_back({"key-" + std::to_string(key % 24), {}});
    if (draw() % 9 == 0) continue;
    auto& bytes = what.changes.back().value.emplace(number + ':');
    for (auto size = draw() % 1'500; bytes.size() < size;)
      bytes += draw() % 3 == 0 ? std::to_string(draw()) : std::string(draw() % 30, 'v');
  }
  what.events.push_back(make_event(event_type::device_updated, "step/" + number, nullptr));
  if (draw() % 4 == 0) what.once = once_key{"ada", "create", number, "body", "id-" + number};
  return what;
}

recorded_store::state recorded_store::state_at(std::size_t revision) const {
  state all;
  for (std::size_t at = 0; at < revision; ++at)
    for (auto& [key, value] : steps[at].changes) {
      all.erase(key);
      if (value) all[key] = {at + 1, *value};
    }
  return all;
}

finding recorded_store::compare_documents(const database& found, std::size_t revision) const {
  auto wanted = state_at(revision);
  auto* documents = family(found, store_family::documents);
  auto stored = [](const auto& one) { return to_big_endian(one.first) + one.second; };
  for (int number = 0; number < 24; ++number) {
    auto key = "key-" + std::to_string(number);
    std::string bytes;
    auto status = found->Get({}, documents, key, &bytes);
    if (!status.ok() && !status.IsNotFound()) return {outcome::read_error, status.ToString()};
    auto at = wanted.find(key);
    if (status.ok() != (at != wanted.end()) || (status.ok() && bytes != stored(at->second)))
      return {outcome::wrong, key + " at revision " + std::to_string(revision)};
  }
  std::unique_ptr<rocksdb::Iterator> row{found->NewIterator({}, documents)};
  auto at = wanted.begin();
  bool same = true;
  for (row->SeekToFirst(); same && row->Valid(); row->Next())
    same = at != wanted.end() && row->key() == at->first && row->value() == stored(at->second) &&
           (++at, true);
  if (!row->status().ok()) return {outcome::read_error, row->status().ToString()};
  if (!same || at != wanted.end()) return {outcome::wrong, "a scan of the documents"};
  return {};
}

finding recorded_store::compare_once(store_writer& writes, std::size_t revision) const {
  for (std::size_t at = 0; at < revision; ++at) {
    if (!steps[at].once) continue;
    auto again = writes.add(steps[at], record_begin);
    if (!again) return {outcome::read_error, "an idempotency key"};
    if (again->replayed != steps[at].once->answer_id)
      return {outcome::wrong, "step " + std::to_string(at + 1) + " was done again"};
  }
  return {};
}

finding recorded_store::compare_journal(const database_ptr& found, std::size_t revision) const {
  journal_check check{found};
  while (check.step(10'000)) {
  }
  if (!check.verdict().ok) return {outcome::read_error, "the journal"};
  std::uint64_t seq = 0;
  while (seq < revision) {
    auto slice = slice_of(*found, {seq, 10'000});
    if (!slice) return {outcome::read_error, "the journal"};
    if (slice->items.empty()) break;
    for (auto& one : slice->items)
      if (one.seq != ++seq || one.subject != steps[seq - 1].events.front().subject)
        return {outcome::wrong, "journal entry " + std::to_string(seq)};
  }
  if (seq != revision) return {outcome::wrong, "the journal's end"};
  return {};
}

}  // namespace stellwerk
