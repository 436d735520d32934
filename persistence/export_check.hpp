#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/journal_export.hpp"

namespace stellwerk {

/// What is found in an export of the journal.
struct export_verdict {
  bool ok = false;
  std::string site;
  std::string installation;
  std::uint64_t entries = 0;
  std::uint64_t anchors = 0;
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;
  std::string public_key;   // that signed it
  std::string fingerprint;  // of this key
  bool key_given = false;   // else the key is only what the file itself says
  std::optional<std::uint64_t> first_wrong_line;
  std::optional<std::uint64_t> first_wrong_seq;
  std::string problem;
};
BOOST_DESCRIBE_STRUCT(
    export_verdict, (),
    (ok, site, installation, entries, anchors, from_seq, to_seq, public_key, fingerprint, key_given,
     first_wrong_line, first_wrong_seq, problem)
)

inline constexpr std::size_t export_line_bytes_max = 1 << 20;

/// Reads an export line by line, needs nothing else: chain, count, digest, anchors, signature.
/// Every byte counts: a line must be as a node writes it.
class export_check {
 public:
  /// `trusted`: public keys one of which must have signed it; if none is given, any. `kept`:
  /// anchors that somebody kept elsewhere, compared by their hashes.
  explicit export_check(
      std::vector<std::string> trusted = {}, std::vector<journal_anchor> kept = {}
  );

  /// The next line, with its line feed. False once something is wrong.
  bool take(std::string_view line);
  /// After the last line.
  export_verdict finish();

 private:
  bool fails(std::string why);
  bool take_header(std::string_view line);
  bool take_entry(std::string_view line);
  bool take_anchor(std::string_view line);
  bool take_end(std::string_view line);

  std::vector<std::string> trusted_;
  std::vector<journal_anchor> kept_;  // ascending
  std::size_t next_kept_ = 0;
  std::optional<export_head> header_;
  std::uint64_t line_ = 0;
  std::uint64_t seq_ = 0;
  chain_hash hash_{};
  bool ended_ = false;
  hash_chain chain_;
  digest digest_;
  export_verdict verdict_;
};

}  // namespace stellwerk
