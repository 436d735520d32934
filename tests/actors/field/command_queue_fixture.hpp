#pragma once

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

#include "actors/field/command_queue.hpp"

namespace stellwerk {

/// The queue on a clock of its own; what it says as words: `mark a`, `write a`, `end a expired`.
class command_queue_test : public testing::Test {
 protected:
  static constexpr command_queue::moment start{std::chrono::hours{1}};

  command_queue::entry entry(
      std::string id, std::string channel, command_order order, std::chrono::milliseconds within
  ) {
    command_queue::entry made;
    made.record.id = std::move(id);
    made.record.channel = std::move(channel);
    made.record.value = 20.0;
    made.order = order;
    made.tolerance = 0.05;
    made.deadline = now + within;
    return made;
  }
  void accept(
      std::string id, std::string channel = "x", command_order order = command_order::latest,
      std::chrono::milliseconds within = std::chrono::seconds{10}
  ) {
    queue.accept(entry(id, std::move(channel), order, within));
    queue.accepted(id, 1, wall_time{});
  }
  /// Until the bus has it.
  void accept_and_write(const std::string& id, std::string channel = "x") {
    accept(id, std::move(channel));
    steps();
    queue.sent(id, wall_time{});
    steps();
  }
  std::vector<std::string> steps() {
    std::vector<std::string> said;
    for (auto& one : queue.next(now)) {
      auto end = ' ' + to_word(one.end.status) + (one.end.code.empty() ? "" : ' ' + one.end.code);
      switch (one.what) {
        case command_queue::doing::accept:
          said.push_back("accept " + one.id);
          break;
        case command_queue::doing::mark_sent:
          said.push_back("mark " + one.id);
          break;
        case command_queue::doing::write:
          said.push_back("write " + one.id);
          break;
        case command_queue::doing::read:
          said.push_back("read " + one.id);
          break;
        case command_queue::doing::end:
          said.push_back("end " + one.id + end);
          break;
      }
    }
    return said;
  }
  void outcome(
      const std::string& id, bool written, std::string code, std::optional<value> held = {}
  ) {
    queue.outcome({id, "d", written, std::move(code), "", std::move(held)}, now);
  }

  command_queue queue;
  command_queue::moment now = start;
};

}  // namespace stellwerk
