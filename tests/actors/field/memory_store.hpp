#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "persistence/store.hpp"

namespace stellwerk {

/// What a store holds, and how it is to behave; outlives its actors, as a disk would.
struct memory_store {
  struct stored {
    std::string value;
    std::uint64_t revision = 0;
  };
  std::map<std::string, stored> documents;
  std::map<std::string, std::pair<std::string, std::string>> once;  // key → (body hash, answer)
  std::vector<event> events;
  std::uint64_t revision = 0;
  bool silent = false;  // takes commits and never answers, nor does them
  bool loses = false;   // does them and never answers
  errc refuses{};       // every commit; 0: none

  caf::result<committed> take(const commit& what);
  stellwerk::documents read(const scan& what) const;
  /// `<type> <subject>` of all events whose type begins with `prefix`.
  std::vector<std::string> told(std::string_view prefix) const;
};

}  // namespace stellwerk
