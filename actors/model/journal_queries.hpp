#pragma once

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
  std::optional<std::uint64_t> first_wrong_seq;
  std::optional<wall_time> checked_at;
};
BOOST_DESCRIBE_STRUCT(journal_verdict, (), (ok, entries, first_wrong_seq, checked_at))

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
