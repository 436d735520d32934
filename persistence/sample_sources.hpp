#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "actors/model/samples.hpp"

namespace stellwerk {

/// Which of the last 1,024 numbers of a source were seen, and with refusals. A greater epoch starts
/// over; numbers of a smaller one are too old.
class source_window {
 public:
  static constexpr std::uint64_t size = 1024;
  enum class verdict : std::uint8_t { unseen, seen, too_old };

  verdict look(std::uint64_t epoch, std::uint64_t seq) const;
  /// Whether anything of it was refused. REQUIRES: seen.
  bool had_refusals(std::uint64_t seq) const;
  /// How many numbers it leaves out right after the greatest so far; they may still come.
  std::uint64_t skipped_by(std::uint64_t epoch, std::uint64_t seq) const;
  /// REQUIRES: unseen.
  void mark(std::uint64_t epoch, std::uint64_t seq, bool refusals);

  std::uint64_t epoch = 0;
  std::uint64_t top = 0;                                 // greatest number seen, if any was
  using bit_map = std::array<std::uint64_t, size / 64>;  // of number n: bit n modulo `size`
  bit_map bits{};
  bit_map refused{};
};

struct source_answer {
  std::uint64_t seq = 0;
  post_answer answer;
};

/// A source as stored: what it sent and the last answer it was given.
struct source_record {
  source_window window;
  wall_time used{};
  source_answer last;
};
std::string to_bytes(const source_record& record);
std::optional<source_record> source_record_from(std::string_view bytes);

/// The windows of all sources, bounded. Where a limit is reached, the principal's longest silent
/// source is forgotten for a new one, if it was silent for a day.
class sample_sources {
 public:
  struct limits {
    std::size_t per_principal = 1'000;
    std::size_t in_all = 10'000;
  };
  struct entry {
    source_window window;
    wall_time used{};
  };
  explicit sample_sources(limits max) : max_(max) {}

  void restore(std::string source, const source_record& record);
  /// A known source or one just admitted; null at a limit. `forgotten`: the one that made room.
  entry* admit(const std::string& source, wall_time now, std::optional<std::string>& forgotten);

 private:
  using table = std::map<std::string, entry, std::less<>>;
  bool make_room(std::string_view source, wall_time now, std::optional<std::string>& forgotten);

  limits max_;
  table by_source_;
};

}  // namespace stellwerk
