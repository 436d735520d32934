#pragma once

#include <caf/expected.hpp>
#include <string>
#include <vector>

#include "actors/model/journal_queries.hpp"
#include "persistence/signing_key.hpp"
#include "persistence/store_database.hpp"

/// Signed heads of the journal, and the keys they were signed with, as rows of the store's `meta`,
/// see docs/formats.md.
namespace stellwerk {

/// The node vouches for the chain up to an entry.
struct journal_anchor {
  std::uint64_t seq = 0;
  std::string hash;  // of the entry
  wall_time time{};  // of the signature
  std::string site;
  std::string kid;
  std::string signature;
};
BOOST_DESCRIBE_STRUCT(journal_anchor, (), (seq, hash, time, site, kid, signature))

journal_anchor make_anchor(
    const signing_key& key, const store_head& head, const std::string& site, wall_time now
);
/// Signed by that one of the keys that it names.
bool is_vouched(const journal_anchor& one, const std::vector<journal_key>& keys);
const journal_key* key_named(const std::vector<journal_key>& keys, std::string_view kid);

/// How many of entries that are deleted stay at most, the newest.
inline constexpr std::size_t spent_anchors_max = 10'000;

std::string anchor_row(std::uint64_t seq);
std::string key_row(std::string_view kid);

/// Of the entries from `first` to `last`, ascending.
caf::expected<std::vector<journal_anchor>> anchors_of(
    const database& db, std::uint64_t first, std::uint64_t last
);
/// Number of the entry that the newest one is of; 0 if there is none.
caf::expected<std::uint64_t> newest_anchor(const database& db);
/// Rows of anchors that are too many when the journal is cut at `cut`.
std::vector<std::string> surplus_anchors(const database& db, std::uint64_t cut);
/// By when they were first used; with `own`, if it was not so far, as of `now`.
caf::expected<std::vector<journal_key>> keys_of(
    const database& db, const signing_key* own = nullptr, wall_time now = {}
);

}  // namespace stellwerk
