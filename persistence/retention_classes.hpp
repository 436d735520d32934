#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace stellwerk {

/// For how long samples and their roll-ups are kept.
struct retention_class {
  std::chrono::days raw{0};      // 0: until the quota
  std::chrono::days rollups{0};  // 0: for ever

  friend bool operator==(const retention_class&, const retention_class&) = default;
};

struct retention_classes {
  retention_class unnamed;  // of channels that name none
  std::map<std::string, retention_class> named = {};

  /// That of a channel's word, which may be empty. A word that is no class, like none that is
  /// known, means the longest of all: a slip in a file deletes nothing early.
  retention_class of(const std::optional<std::string>& word) const;
  /// Whether anything goes by age.
  bool by_age() const;
};

/// What the channel of a series says; nothing if there is none, or it is not known so far.
using class_words = std::function<std::optional<std::string>(std::uint32_t series)>;

}  // namespace stellwerk
