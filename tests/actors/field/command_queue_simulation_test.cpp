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
/// from a seed. The store carries out commits in order, some time after they were sent; the bus
/// carries out what it holds, or answers that it could not, or loses the answer.
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
    deadlines_[id] = made.deadline;
    queue_.accept(made);
    commits_.push_back([this, made] {
      stored_[made.record.id] = made;
      stored_[made.record.id].revision = ++revision_;
      accepted_.push_back(made.record.id);
      queue_.accepted(made.record.id, revision_, wall_time{});
    });
    if (!chance(20)) return;
    auto repeat = made;  // of the same request: the store will answer with the first one
    repeat.record.id += "'";
    queue_.accept(repeat);
    commits_.push_back([this, id = repeat.record.id] { queue_.forget(id); });
  }

  void pump() {
    for (auto& step : queue_.next(now_)) {
      auto id = step.id;
      switch (step.what) {
        case command_queue::doing::mark_sent:
          if (careless_) bus_.push_back({id, false});
          commits_.push_back([this, id] {
            stored_.at(id).record.status = command_status::sent;
            stored_.at(id).revision = ++revision_;
            queue_.sent(id, revision_, wall_time{});
          });
          break;
        case command_queue::doing::write:
        case command_queue::doing::read:
          bus_.push_back({id, step.what == command_queue::doing::read});
          break;
        case command_queue::doing::end:
          commits_.push_back([this, id, word = to_word(step.end.status)] {
            ends_[id].push_back(word);
            stored_.erase(id);
            queue_.ended(id);
          });
      }
    }
  }

  void store_one() {
    if (commits_.empty()) return;
    auto next = std::move(commits_.front());
    commits_.pop_front();
    next();
  }

  /// Writes of different channels may overtake one another.
  void bus_one() {
    if (bus_.empty()) return;
    auto which = draw_() % bus_.size();
    auto what = bus_[which];
    bus_.erase(bus_.begin() + static_cast<std::ptrdiff_t>(which));
    auto* entry = queue_.find(what.id);
    if (entry == nullptr) return;
    write_outcome said{what.id, "d", false, "", "", {}};
    auto& held = held_[channel_of(what.id)];
    if (!up_ || chance(10)) {
      said.code = "device_down";
    } else if (what.only_read) {
      said.read_back = value{held};
    } else if (now_ >= entry->deadline) {
      said.code = "expired";
    } else {
      said.written = true;
      executed_[what.id].push_back(now_);
      held = *entry->record.value.as<std::int64_t>();
      if (chance(20))
        said.code = "no_answer";
      else if (entry->record.verify)
        said.read_back = value{held};
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
  std::deque<std::function<void()>> commits_;
  std::vector<write> bus_;
  std::map<std::string, std::int64_t> held_;  // what the device holds, by channel
  std::map<std::string, command_queue::entry> stored_;
  std::map<std::string, command_queue::moment> deadlines_;
  std::map<std::string, std::vector<command_queue::moment>> executed_;
  std::map<std::string, std::vector<std::string>> ends_;
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
