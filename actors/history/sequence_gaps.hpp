#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/model/events.hpp"
#include "actors/model/samples.hpp"

namespace stellwerk {

/// What the journal tells of numbers that a source left out.
struct sequence_gap {
  std::uint64_t epoch = 0;
  std::uint64_t from = 0;  // the first that is missing
  std::uint64_t to = 0;    // the last
  std::uint64_t missing = 0;
};
BOOST_DESCRIBE_STRUCT(sequence_gap, (), (epoch, from, to, missing))

/// Numbers that sources left out, folded by source until they are journaled. At most 1,000 sources;
/// what more there are is counted in one line without a name.
class sequence_gaps {
 public:
  static constexpr std::size_t sources_max = 1'000;

  /// `missing` numbers right before that of `stamp`.
  void note(const source_stamp& stamp, std::uint64_t missing);
  bool empty() const { return by_source_.empty(); }
  /// One a source.
  std::vector<event> events() const;
  /// Of a source that is in both, what is newer.
  void put_back(sequence_gaps older) { by_source_.merge(older.by_source_); }

 private:
  std::map<std::string, sequence_gap> by_source_;
};

}  // namespace stellwerk
