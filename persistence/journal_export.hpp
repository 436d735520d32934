#pragma once

#include <caf/expected.hpp>
#include <memory>
#include <string>
#include <vector>

#include "actors/model/journal_queries.hpp"
#include "persistence/file_bytes.hpp"
#include "persistence/journal_anchors.hpp"

/// Entries with all that proves them, as lines of JSON: a header, entries and anchors, an end that
/// is signed over all before it. See docs/formats.md.
namespace stellwerk {

inline constexpr std::string_view export_line = R"({"export":)";
inline constexpr std::string_view entry_line = R"({"entry":)";
inline constexpr std::string_view anchor_line = R"({"anchor":)";
inline constexpr std::string_view end_line = R"({"end":)";

struct export_head {
  std::uint32_t version = 1;
  std::string site;
  std::string installation;
  wall_time made_at{};
  std::uint64_t from_seq = 1;
  std::uint64_t to_seq = 0;
  std::string previous_hash;  // of the entry before `from_seq`
  std::string kid;            // signs the end
  std::vector<journal_key> keys;
};
BOOST_DESCRIBE_STRUCT(
    export_head, (),
    (version, site, installation, made_at, from_seq, to_seq, previous_hash, kid, keys)
)
/// All that an entry's hash is over.
struct exported_entry {
  std::uint64_t seq = 0;
  wall_time time{};
  std::string site, type, subject, principal, name, address, request_id, cause;
  std::string data;  // JSON, as a text: its very bytes count
  std::string hash;
};
BOOST_DESCRIBE_STRUCT(
    exported_entry, (),
    (seq, time, site, type, subject, principal, name, address, request_id, cause, data, hash)
)
struct export_end {
  std::uint64_t entries = 0;
  std::string hash;    // of the last entry
  std::string sha256;  // of all bytes before this line
  std::string signature;
};
BOOST_DESCRIBE_STRUCT(export_end, (), (entries, hash, sha256, signature))
/// What the signature is over.
std::string signed_text(const export_end& end);

template <class Content>
std::string line_of(std::string_view begin, const Content& content) {
  return std::string{begin} + json::encode(content) + "}\n";
}

/// What a node signs its exports with, and says of itself.
struct export_seal {
  signing_key_ptr key;
  std::string site;
  std::string installation;
};

/// One export on its way. It holds nothing of the database between two pieces: what retention
/// deletes meanwhile is missed, and the export breaks off. It never signs what is not whole.
class journal_export {
 public:
  static caf::expected<journal_export_ptr> begin(
      const database_ptr& db, const export_seal& seal, const export_range& range, wall_time now
  );

  std::uint64_t from_seq() const { return header_.from_seq; }
  std::uint64_t to_seq() const { return header_.to_seq; }
  /// Of some 512 KiB and no more than 8,192 entries; the last one has no `more`.
  caf::expected<journal_piece> next();

 private:
  explicit journal_export(const database_ptr& db) : db_(db) {}
  void begin_text(std::string& text);
  caf::error add_entries(std::string& text);
  void add_anchors(std::string& text, const std::vector<journal_anchor>& all, std::size_t& next);
  void add_end(std::string& text);

  database_ptr db_;
  signing_key_ptr key_;
  export_head header_;
  bool begun_ = false;
  std::uint64_t seq_ = 0;  // of the last entry told
  chain_hash hash_{};      // of that entry
  hash_chain chain_;
  digest digest_;
};

}  // namespace stellwerk
