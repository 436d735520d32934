#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/field/bus.hpp"
#include "actors/model/commands.hpp"

namespace stellwerk {

/// A command's end, as decided and not yet committed.
struct command_end {
  command_status status{};
  std::string code;    // empty for verified and done
  std::string detail;  // for people
  bool acknowledged = false;
  std::optional<value> read_back;
};

/// What a device decides about its commands: told what happened, says what to do. No actor, no
/// clock, no store; so every order of events can be tried.
///
/// It holds to this, whatever is lost, late or said twice: nothing is written before its `sent` is
/// durable, nothing after its deadline, nothing twice, nothing to a channel whose last write is
/// undecided; each command gets one end. What may have been written before the memory of it was
/// lost is decided by reading, never by writing.
class command_queue {
 public:
  using moment = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;
  static constexpr std::size_t waiting_max = 100;
  /// How long a command whose effect is unknown is tried to be read back, at least.
  static constexpr milliseconds decide_within{30'000};
  /// A bus that could not write, or a store that did not commit, is asked again after this.
  static constexpr milliseconds pause{500};

  enum class doing : std::uint8_t {
    accept,     // commit it again, then tell `accepted`
    mark_sent,  // commit status `sent`, then tell `sent`
    write,      // hand to the bus, which tells `outcome`
    read,       // have the bus read the channel, which tells `outcome`
    end,        // commit `end`, then tell `ended`
  };
  struct step {
    doing what{};
    std::string id;
    command_end end;
  };

  struct entry {
    command_record record;
    std::uint64_t revision = 0;  // of its document until it is marked
    command_order order{};
    double tolerance = 0;
    moment deadline{};
    milliseconds settles{0};  // a device may take as long to carry out what it has been sent
  };

  /// Commands that wait, or whose end is not durable, and so take a place.
  bool full() const;
  /// Takes a new command; it waits from `accepted` on.
  void accept(entry what);
  void accepted(const std::string& id, std::uint64_t revision, wall_time now);
  /// It was not accepted after all.
  void forget(const std::string& id);
  /// A command found in the store. In order of acceptance.
  void restore(entry what, moment now);

  void sent(const std::string& id, wall_time at);
  void outcome(const write_outcome& what, moment now);
  void ended(const std::string& id);
  /// The store refused the commit of the last step, or nobody knows: it is tried again. Each may be
  /// committed any number of times.
  void not_committed(const std::string& id, moment now);

  /// Whether the device can be reached.
  void reachable(bool now);
  /// Whoever held writes has forgotten them: what it held may or may not have been written.
  void line_lost(moment now);
  /// True if it still waited: then it ends as `refused`.
  bool refuse_waiting(const std::string& id, const std::string& code, const std::string& detail);
  /// No more time is spent on what may have been written: it ends as `unknown_effect`.
  void give_up();

  /// What to do now. Asked after each of the above and at `next_deadline`.
  std::vector<step> next(moment now);
  std::optional<moment> next_deadline() const;

  const entry* find(const std::string& id) const;
  std::vector<command_record> open() const;  // in order of acceptance; also those not durable yet
  /// Ids of those that wait to be sent.
  std::vector<std::string> waiting() const;
  bool empty() const { return held_.empty(); }
  std::size_t size() const { return held_.size(); }

 private:
  enum class stage : std::uint8_t {
    accepting,  // its record is not durable
    doubtful,   // nobody knows whether its record is durable
    waiting,    // durable, not sent
    unmarked,   // its turn to be sent, and the store did not take the mark
    marking,    // `sent` is not durable
    ready,      // marked as sent, certainly not written
    writing,    // the bus has it
    unsure,     // it may have been written
    reading,    // the bus reads its channel
    deciding,   // its end is decided and not told
    ending,     // its end is not durable
  };
  struct held {
    entry what;
    stage at{};
    moment not_before{};
    moment settled_at{};  // what the device holds then is what it goes on holding
    moment decide_by{};
    command_end end;
  };

  static bool may_be_refused(const held& one);
  static bool expires(const held& one);
  held* find_held(const std::string& id);
  bool in_flight(const std::string& channel) const;
  void decide(held& one, command_end end);
  void written(held& one, const write_outcome& what, moment now);
  void unsure(held& one, moment now);
  static bool settled(held& one, moment now);
  void expire(moment now);
  void supersede();
  void advance(held& one, moment now, std::vector<step>& steps);

  std::vector<held> held_;  // in order of acceptance
  bool reachable_ = false;
};

}  // namespace stellwerk
