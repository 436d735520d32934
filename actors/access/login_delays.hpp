#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

namespace stellwerk {

/// Failed log-ins delay, they never lock. From the fifth failure in a row of a pair (address, name)
/// the next try must wait 1, 2, 4, … 300 s; of a name over all addresses, 30 s at most. A success
/// clears its own pair only. Names are kept as hashes. At most `entries_max` of them: what failed
/// longest ago goes first; an hour after its last failure an entry is as good as none.
class login_delays {
 public:
  using moment = std::chrono::steady_clock::time_point;
  static constexpr std::size_t entries_max = 10'000;

  /// How long the next try must wait; zero: it may come. Rounded up.
  std::chrono::seconds wait(std::string_view address, std::string_view name, moment now) const;
  void failed(std::string_view address, std::string_view name, moment now);
  void succeeded(std::string_view address, std::string_view name);

  std::size_t size() const { return entries_.size(); }

 private:
  struct entry {
    unsigned failures = 0;
    moment last{};
  };
  void count(const std::string& key, moment now);
  void make_room(moment now);
  std::chrono::seconds wait_of(const std::string& key, std::chrono::seconds most, moment now) const;

  std::unordered_map<std::string, entry> entries_;  // by hash of the name, or of address and name
};

}  // namespace stellwerk
