#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>

#include "actors/field/command_queue.hpp"
#include "actors/field/command_records.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

/// A device's commands in a world that is late, forgets and repeats itself; every event is drawn
/// from a seed. The store carries out commits in order, some time after they were sent, or refuses
/// them, or loses the answer; the bus carries out what it holds, or answers that it could not, or
/// loses the write or the answer; the device carries out what it has not acknowledged late.
class command_world {
 public:
  explicit command_world(std::uint64_t seed, bool careless = false)
      : draw_(seed), careless_(careless) {}

  void run() {
    for (int i = 0; i < 400; ++i) {
      one_event();
      pump();
    }
    settle();
  }

  /// What is broken; empty if all is well.
  std::string verdict() const {
    for (auto& [id, times] : executed_) {
      if (times.size() > 1) return id + " was written " + std::to_string(times.size()) + " times";
      if (times[0] >= deadlines_.at(id)) return id + " was written after its deadline";
    }
    for (auto& id : accepted_) {
      auto ends = ends_.find(id);
      if (ends == ends_.end()) return id + " has no end";
      if (ends->second.size() != 1) return id + " has several ends";
      auto word = ends->second[0];
      auto was = executed_.contains(id);
      if (was && (word == "expired" || word == "refused" || word == "superseded"))
        return id + " ended as " + word + " and was written";
      if (was && untrue_.contains(id)) return id + " ended as not applied and was written";
      if (!was && (word == "done")) return id + " ended as done and was not written";
    }
    return {};
  }
  std::size_t ended() const { return ends_.size(); }
  bool has(const std::string& word) const {
    for (auto& [id, ends] : ends_)
      if (ends[0] == word) return true;
    return false;
  }

 private:
  struct write {
    std::string id;
    bool only_read;
  };
  struct commit {
    std::string id;
    std::function<bool()> carry_out;  // false: its expectation does not hold
    std::function<void()> told;
  };
  static constexpr auto settles = 1500ms;

  bool chance(int percent) { return static_cast<int>(draw_() % 100) < percent; }
  std::string channel_of(const std::string& id) { return id.substr(0, 1); }

  void one_event() {
    switch (draw_() % 12) {
      case 0:
      case 1:
      case 2:
        return accept();
      case 3:
      case 4:
      case 5:
        return store_one();
      case 6:
      case 7:
      case 8:
        return bus_one();
      case 9:
        now_ += std::chrono::milliseconds{draw_() % 2000};
        return;
      case 10:
        up_ = chance(70);
        return queue_.reachable(up_);
      default:
        if (chance(30)) crash();
    }
  }

  void accept() {
    if (queue_.full()) return;
    auto id = std::string(1, static_cast<char>('x' + draw_() % 3)) + std::to_string(++last_);
    command_queue::entry made;
    made.record.id = id;
    made.record.channel = channel_of(id);
    made.record.value = static_cast<std::int64_t>(last_);
    made.record.verify = chance(70);
    made.order = id[0] == 'x' ? command_order::queue : command_order::latest;
    made.deadline = now_ + std::chrono::milliseconds{draw_() % 5000};
    made.settles = settles;
    deadlines_[id] = made.deadline;
    queue_.accept(made);
    commits_.push_back(acceptance(made));
    if (!chance(20)) return;
    auto repeat = made;  // of the same request: the store will answer with the first one
    repeat.record.id += "'";
    queue_.accept(repeat);
    commits_.push_back(acceptance(repeat));
  }

  commit acceptance(const command_queue::entry& made) {
    auto id = made.record.id;
    if (id.ends_with('\'')) return {id, [] { return true; }, [this, id] { queue_.forget(id); }};
    auto carry_out = [this, id, made] {
      if (stored_.contains(id) || ends_.contains(id)) return false;
      stored_[id] = made;
      stored_[id].revision = ++revision_;
      accepted_.push_back(id);
      return true;
    };
    return {id, carry_out, [this, id] { queue_.accepted(id, revision_, wall_time{}); }};
  }
  commit mark(const std::string& id) {
    auto carry_out = [this, id] {
      auto& status = stored_.at(id).record.status;
      return std::exchange(status, command_status::sent) != command_status::sent;
    };
    return {id, carry_out, [this, id] { queue_.sent(id, wall_time{}); }};
  }
  commit end(const std::string& id, const command_end& how) {
    auto carry_out = [this, id, how] {
      if (ends_.contains(id)) return false;
      ends_[id].push_back(to_word(how.status));
      if (how.code == "not_applied") untrue_.insert(id);
      stored_.erase(id);
      return true;
    };
    return {id, carry_out, [this, id] { queue_.ended(id); }};
  }

  void pump() {
    for (auto& step : queue_.next(now_)) {
      auto& id = step.id;
      switch (step.what) {
        case command_queue::doing::accept:
          commits_.push_back(acceptance(*queue_.find(id)));
          break;
        case command_queue::doing::mark_sent:
          if (careless_) bus_.push_back({id, false});
          commits_.push_back(mark(id));
          break;
        case command_queue::doing::write:
        case command_queue::doing::read:
          if (!chance(2)) bus_.push_back({id, step.what == command_queue::doing::read});
          break;
        case command_queue::doing::end:
          commits_.push_back(end(id, step.end));
      }
    }
  }

  void store_one() {
    if (commits_.empty()) return;
    auto next = std::move(commits_.front());
    commits_.pop_front();
    auto refused = chance(4);
    if (!refused) next.carry_out();
    if (refused || chance(3)) return queue_.not_committed(next.id, now_);
    next.told();
  }

  /// What the device was sent and did not acknowledge has its effect by now.
  void settle_device() {
    std::erase_if(late_, [&](auto& one) {
      if (one.second > now_) return false;
      held_[channel_of(one.first)] = number_of(one.first);
      return true;
    });
  }
  std::int64_t number_of(const std::string& id) { return std::stoll(id.substr(1)); }

  /// Writes of different channels may overtake one another.
  void bus_one() {
    if (bus_.empty()) return;
    auto which = draw_() % bus_.size();
    auto what = bus_[which];
    bus_.erase(bus_.begin() + static_cast<std::ptrdiff_t>(which));
    auto* entry = queue_.find(what.id);
    if (entry == nullptr) return;
    write_outcome said{what.id, "d", false, "", "", {}};
    settle_device();
    auto& held = held_[channel_of(what.id)];
    if (!up_ || chance(10)) {
      said.code = "device_down";
    } else if (what.only_read) {
      said.read_back = value{held};
    } else if (now_ >= entry->deadline) {
      said.code = "expired";
    } else {
      said.written = true;
      auto answers = !chance(20);
      executed_[what.id].push_back(now_);
      if (!answers && chance(50))
        late_.emplace_back(what.id, now_ + settles / 2);
      else
        held = number_of(what.id);
      if (!answers) said.code = "no_answer";
      if (entry->record.verify && (answers || chance(50))) said.read_back = value{held};
    }
    if (chance(5)) return queue_.line_lost(now_), bus_.clear();  // the answer and the rest are lost
    queue_.outcome(said, now_);
    if (chance(10)) queue_.outcome(said, now_);  // twice
  }

  /// Memory is gone, and what the bus had not written; the store keeps what it has been sent.
  void crash() {
    bus_.clear();
    queue_ = {};
    if (chance(50)) commits_.clear();  // even that
    while (!commits_.empty()) store_one();
    std::vector<command_queue::entry> found;
    for (auto& [id, entry] : stored_) found.push_back(entry);
    std::ranges::sort(found, {}, &command_queue::entry::revision);
    for (auto& entry : found) queue_.restore(entry, now_);
    queue_.reachable(up_);
  }

  /// In the end all is well and there is time.
  void settle() {
    up_ = true;
    queue_.reachable(true);
    for (int i = 0; i < 2000 && !(queue_.empty() && commits_.empty()); ++i) {
      while (!commits_.empty()) store_one();
      bus_one();
      if (i % 10 == 0) now_ += 500ms;
      pump();
    }
  }

  std::mt19937_64 draw_;
  bool careless_;
  command_queue queue_;
  command_queue::moment now_{1h};
  bool up_ = false;
  std::uint64_t last_ = 0;
  std::uint64_t revision_ = 0;
  std::deque<commit> commits_;
  std::vector<std::pair<std::string, command_queue::moment>> late_;  // writes and their effect
  std::vector<write> bus_;
  std::map<std::string, std::int64_t> held_;  // what the device holds, by channel
  std::map<std::string, command_queue::entry> stored_;
  std::map<std::string, command_queue::moment> deadlines_;
  std::map<std::string, std::vector<command_queue::moment>> executed_;
  std::map<std::string, std::vector<std::string>> ends_;
  std::set<std::string> untrue_;  // ended as not applied
  std::vector<std::string> accepted_;
};

TEST(command_queue_simulation, every_order_of_events_gives_each_command_one_true_end) {
  std::size_t ended = 0;
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    command_world world{seed};
    world.run();
    ASSERT_EQ(world.verdict(), "") << "seed " << seed;
    ended += world.ended();
    for (auto* word : {"verified", "done", "expired", "superseded", "failed"})
      if (world.has(word)) seen.insert(word);
  }
  EXPECT_GT(ended, 20'000u);
  EXPECT_EQ(seen.size(), 5u);  // the world is cruel enough
}

TEST(command_queue_simulation, finds_who_writes_before_the_mark_is_durable) {
  std::size_t broken = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    command_world world{seed, true};
    world.run();
    broken += world.verdict().empty() ? 0 : 1;
  }
  EXPECT_GT(broken, 90u);
}

}  // namespace
}  // namespace stellwerk
