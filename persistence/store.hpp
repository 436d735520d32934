#pragma once

#include <caf/typed_actor.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/events.hpp"
#include "actors/model/journal_queries.hpp"

/// The store: documents and journal, one atomic durable write for both. Two implementations are
/// meant to pass one test file; this one is embedded (RocksDB), see rocksdb_store.hpp.
namespace stellwerk {

/// `revision` 0: the key must be absent.
struct expectation {
  std::string key;
  std::uint64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(expectation, (), (key, revision))

/// Without a value: erase.
struct change {
  std::string key;
  std::optional<std::string> value;
};
BOOST_DESCRIBE_STRUCT(change, (), (key, value))

/// Makes a commit happen once for a client's Idempotency-Key, for 24 h. At most 10,000 keys a
/// principal and 1,000,000 in all; beyond: `busy`.
struct once_key {
  std::string principal;
  std::string route;
  std::string key;
  std::string body_hash;
  std::string answer_id;  // what the repeat is answered from: the id of the object made
};
BOOST_DESCRIBE_STRUCT(once_key, (), (principal, route, key, body_hash, answer_id))

/// All or nothing, answered after the fsync. Limits: key 1..512 B, value ≤ 1 MiB, ≤ 10,000 each of
/// changes, expectations and events, 16 MiB in all; an event's texts ≤ 1 KiB, its data ≤ 64 KiB.
/// Refused with `stale_revision` (see `stale_key`) if an expectation does not hold,
/// `idempotency_conflict` if `once` was used with another body, `too_large`, `invalid` (a key
/// changed twice or empty), `busy`, `storage_full` while the disk has no room for it; certainly
/// nothing done. `outcome_unknown` if its write failed: the next start tells whether it is there.
/// From then on `storage_full` or `internal`, and certainly nothing done.
struct commit {
  std::vector<expectation> expectations;
  std::vector<change> changes;
  std::vector<event> events;
  std::optional<once_key> once;
  bool can_wait = false;  // refused when only the disk's reserve is left
};
/// Local only: commits do not cross links, their requests do.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, commit&) {
  return f();
}

struct committed {
  std::uint64_t revision = 0;           // of every key changed here
  std::uint64_t last_seq = 0;           // of the newest journal entry written here; 0: none
  std::optional<std::string> replayed;  // the first answer's id: nothing was changed now
};
BOOST_DESCRIBE_STRUCT(committed, (), (revision, last_seq, replayed))

struct document {
  std::string key;
  std::string value;
  std::uint64_t revision = 0;
};
BOOST_DESCRIBE_STRUCT(document, (), (key, value, revision))

/// Keys that begin with `prefix` and are greater than `after`, in order of bytes.
struct scan {
  std::string prefix;
  std::string after;
  std::uint32_t limit = 1000;  // ≤ 10,000; pages end early at 4 MiB
  bool newest_first = false;   // in descending order; `after` is then an upper bound
};
BOOST_DESCRIBE_STRUCT(scan, (), (prefix, after, limit, newest_first))
struct documents {
  std::vector<document> items;
  bool more = false;
};
BOOST_DESCRIBE_STRUCT(documents, (), (items, more))

/// Gets each batch after it is durable, in order, from subscription on.
using journal_follower = caf::typed_actor<caf::reacts_to<journal_batch>>;
struct follow_journal {
  journal_follower reader;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, follow_journal&) {
  return f();
}

/// The only writer; one detached thread. Group commit: the first commit sends `flush` to itself,
/// which queues behind all that waits meanwhile, and one synced batch holds them all.
using store_actor = caf::typed_actor<
    caf::replies_to<commit>::with<committed>, caf::reacts_to<follow_journal>,
    caf::reacts_to<caf::atom_constant<caf::atom("flush")>>>;

/// Reads, on a detached thread of its own; never the writer.
using store_reader_actor = caf::typed_actor<
    caf::replies_to<scan>::with<documents>, caf::replies_to<query_journal>::with<journal_page>,
    caf::replies_to<read_journal>::with<journal_slice>,
    caf::replies_to<explain_entry>::with<explanation>,
    caf::replies_to<read_verdict>::with<journal_verdict>,
    caf::replies_to<read_journal_keys>::with<journal_keys>,
    caf::replies_to<export_journal>::with<journal_piece>>;

/// The refusal of a commit that expected `one`. Clients are not told its key, committers are.
caf::error stale(const expectation& one);
/// Empty for any other error.
std::string stale_key(const caf::error& why);

/// `kind \0 id`.
std::string document_key(std::string_view kind, std::string_view id);

/// From a request's context, if its caller gave an Idempotency-Key.
std::optional<once_key> once_of(const context_ptr& context, std::string answer_id);

}  // namespace stellwerk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(stellwerk::journal_batch)
