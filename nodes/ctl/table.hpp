#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stellwerk::ctl {

/// Text in columns for people: widths by the longest cell in code points, two spaces between,
/// numbers to the right. Control characters are shown as `?`, so that nothing a device or a user
/// wrote can steer the terminal.
class table {
 public:
  explicit table(std::vector<std::string> headings);

  /// REQUIRES: as many cells as headings.
  void add(std::vector<std::string> cells);
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// `text` without control characters.
std::string printable(std::string_view text);

/// `800 ms`, `12 s`, `3 min`, `5 h`, `2 d`: how long, in the unit that fits.
std::string duration_text(long long ms);

}  // namespace stellwerk::ctl
