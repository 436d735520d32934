#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/events.hpp"

namespace stellwerk {

/// Newest first; `cursor` is the `seq` before which the page begins.
struct query_journal {
  context_ptr context;
  std::optional<text<0, 100>> type;     // pattern, `command.*`
  std::optional<text<0, 300>> subject;  // pattern
  std::optional<text<0, 100>> actor;    // principal or name, exact
  std::optional<wall_time> from;
  std::optional<wall_time> to;
  bounded<std::uint32_t, 1, 1000> limit = 100;
  std::optional<std::uint64_t> cursor;
};
BOOST_DESCRIBE_STRUCT(query_journal, (), (context, type, subject, actor, from, to, limit, cursor))
struct journal_page {
  std::vector<journal_entry> items;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(journal_page, (), (items, next_cursor))

/// Entries with after < seq ≤ after + limit, ascending: what followers of a cursor read.
struct read_journal {
  std::uint64_t after = 0;
  std::uint32_t limit = 1000;
};
BOOST_DESCRIBE_STRUCT(read_journal, (), (after, limit))
struct journal_slice {
  std::vector<journal_entry> items;
  std::uint64_t first_seq = 1;  // oldest entry still held
  std::uint64_t last_seq = 0;   // newest entry
};
BOOST_DESCRIBE_STRUCT(journal_slice, (), (items, first_seq, last_seq))

/// The last background verification, not a new one.
struct read_verdict {
  context_ptr context;
};
BOOST_DESCRIBE_STRUCT(read_verdict, (), (context))
struct journal_verdict {
  bool ok = true;
  std::uint64_t entries = 0;
  std::uint64_t anchors = 0;  // of these entries that are vouched for by a signature
  std::optional<std::uint64_t> first_wrong_seq;
  std::optional<std::string> problem;
  std::optional<wall_time> checked_at;
};
BOOST_DESCRIBE_STRUCT(
    journal_verdict, (), (ok, entries, anchors, first_wrong_seq, problem, checked_at)
)

/// The keys that this node ever signed its journal with, by when they were first used.
struct read_journal_keys {
  context_ptr context;
};
BOOST_DESCRIBE_STRUCT(read_journal_keys, (), (context))
struct journal_key {
  std::string kid;         // the first 16 digits of the SHA-256 of the public key's bytes
  std::string public_key;  // Ed25519, 64 hexadecimal digits
  wall_time since{};
};
BOOST_DESCRIBE_STRUCT(journal_key, (), (kid, public_key, since))
struct journal_keys {
  std::vector<journal_key> items;
};
BOOST_DESCRIBE_STRUCT(journal_keys, (), (items))

/// Entries as lines that prove themselves, a piece at a time, see docs/formats.md. A time stands
/// for the last entry before it: the range goes from after `from`'s to `to`'s.
struct export_range {
  std::optional<std::uint64_t> from_seq;
  std::optional<std::uint64_t> to_seq;
  std::optional<wall_time> from;
  std::optional<wall_time> to;
};
BOOST_DESCRIBE_STRUCT(export_range, (), (from_seq, to_seq, from, to))
class journal_export;  // of persistence: one export on its way
using journal_export_ptr = std::shared_ptr<journal_export>;
/// Without a `run` it begins one: that is in the journal before anything is told.
struct export_journal {
  context_ptr context;
  export_range range;
  journal_export_ptr run;
};
/// Local only: it holds what goes on.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, export_journal&) {
  return f();
}
struct journal_piece {
  std::string text;
  bool more = false;
  journal_export_ptr run;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, journal_piece&) {
  return f();
}

/// Why an entry happened, and what followed from it. `not_found` if there is none, or none that
/// the caller may see.
struct explain_entry {
  context_ptr context;
  std::uint64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(explain_entry, (), (context, seq))
/// What two entries have in common: the thing done, like a command; the request; or that one is of
/// what the other names as its cause.
enum class entry_link : std::uint8_t { subject, request, cause };
BOOST_DESCRIBE_ENUM(entry_link, subject, request, cause)
struct linked_entry {
  entry_link link{};
  std::uint64_t with = 0;  // `seq` of the entry that led here
  journal_entry entry;
};
BOOST_DESCRIBE_STRUCT(linked_entry, (), (link, with, entry))
struct explanation {
  journal_entry entry;
  std::vector<linked_entry> because;   // earlier entries, the oldest first; at most 50
  std::vector<linked_entry> followed;  // later ones, the oldest first; at most 50
  bool complete = true;                // else there are more
};
BOOST_DESCRIBE_STRUCT(explanation, (), (entry, because, followed, complete))

/// `*` stands for any run of letters; everything else for itself. At most length × length steps, no
/// recursion.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace stellwerk
