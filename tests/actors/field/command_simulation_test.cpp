#include <gmock/gmock.h>

#include <map>
#include <random>

#include "tests/actors/field/field_site.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

/// The whole way of a command through its actors, which run in an order drawn from a seed, while
/// clients repeat themselves, the line comes and goes, answers get lost and the process is killed.
class command_simulation_test : public field_site, public testing::WithParamInterface<int> {
 protected:
  void SetUp() override {
    start();
    ASSERT_TRUE(create(tank));
    line().answers = false;
    shuffle(seed());
    report(link_state::online);
  }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(GetParam()); }
  bool chance(unsigned percent) { return draw_() % 100 < percent; }

  void send() {
    auto key = "key-" + std::to_string(draw_() % 60);  // some twice
    auto number = static_cast<std::int64_t>(key.back() - '0');
    auto within = bounded<std::uint32_t, 100, 86'400'000>::clamped(
        static_cast<std::uint32_t>(100 + draw_() % 4000)
    );
    auto channel = number % 2 == 0 ? "step" : "setpoint";
    auto what = send_command{as("operator", "*", key), "tank-1", channel, number, within, {}};
    for (auto repeats = 1 + draw_() % 3; repeats > 0; --repeats)
      begin<command_record>(devices, what);
  }

  /// The line carries out the oldest of what it holds, or not.
  void carry_out() {
    auto& held = line().writes;
    if (held.empty()) return;
    auto what = held.front();
    held.erase(held.begin());
    write_outcome said{what.command_id, what.device_id, false, "", "", {}};
    if (chance(15)) {
      said.code = "device_down";
    } else if (what.only_read) {
      said.read_back = registers_[what.point.what.name];
    } else if (now() >= what.deadline) {
      said.code = "expired";
    } else {
      ++executed_[what.command_id];
      said.written = true;
      said.read_back = registers_[what.point.what.name] = what.what;
    }
    if (!losing_ || chance(90)) tell(what.listener, said);
  }

  void kill_and_start() {
    crash();
    line().writes.clear();
    line().served.clear();
    start();
    report(link_state::online);
  }

  void one_event() {
    switch (draw_() % 8) {
      case 0:
      case 1:
        return send();
      case 2:
      case 3:
      case 4:
        return carry_out();
      case 5:
        return advance(std::chrono::milliseconds{draw_() % 1500});
      case 6:
        return report(chance(70) ? link_state::online : link_state::offline);
      default:
        if (chance(25)) kill_and_start();
    }
  }

  std::map<std::string, int> executed_;  // by command id
  std::map<std::string, value> registers_{{"step", value{0}}, {"setpoint", value{0.0}}};
  bool losing_ = true;  // answers; until all is to end well
  std::mt19937_64 draw_{seed()};
};

TEST_P(command_simulation_test, ends_once_and_is_carried_out_at_most_once) {
  for (int i = 0; i < 150; ++i) {
    one_event();
    if (chance(50)) settle();
  }
  losing_ = false;
  kill_and_start();  // what an answer was lost for is read now
  for (int i = 0; i < 100; ++i) {
    carry_out();
    advance(500ms);
  }
  std::map<std::string, std::vector<std::string>> told;
  for (auto& one : disk->events)
    if (name_of(one.type).starts_with("command."))
      told[one.subject].push_back(std::string{name_of(one.type)});
  EXPECT_GT(told.size(), 5u);
  for (auto& [subject, words] : told) {
    auto id = subject.substr(subject.find('/') + 1);
    auto sent = std::ranges::count(words, "command.sent");
    EXPECT_EQ(words.front(), "command.accepted") << subject;
    EXPECT_EQ(words.size(), 2u + static_cast<std::size_t>(sent)) << subject;
    EXPECT_LE(sent, 1) << subject;
    EXPECT_LE(executed_[id], sent) << subject;
    EXPECT_LE(executed_[id], words.back() == "command.expired" ? 0 : 1) << subject;
  }
  for (auto& [key, stored] : disk->documents)
    EXPECT_FALSE(key.starts_with(document_key("command-open", ""))) << key;
}

INSTANTIATE_TEST_SUITE_P(seeds, command_simulation_test, testing::Range(1, 41));

}  // namespace
}  // namespace stellwerk
