#include <algorithm>
#include <iostream>
#include <map>
#include <random>

#include "tests/persistence/store_stage.hpp"
#include "tests/rounds.hpp"

/// Clients that lose answers and repeat their requests, to a store that is killed at any message,
/// starts late, and sees its clock jump; in an order drawn from a seed. Whatever was acknowledged
/// is there, once, and no update is lost. The same seeds must catch stores that are wrong.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;

/// A store with a fault in front of it.
struct mutant {
  const char* name;
  void (*changes)(commit& what);
  bool answers_early;
};
void none(commit&) {}
void forgets_once(commit& what) { what.once.reset(); }
void forgets_expectations(commit& what) { what.expectations.clear(); }
void forgets_events(commit& what) { what.events.clear(); }
constexpr mutant right{"right", none, false};
constexpr std::array mutants{
    mutant{"answers before it commits", none, true},
    mutant{"loses a once-entry", forgets_once, false},
    mutant{"does not look at expectations", forgets_expectations, false},
    mutant{"leaves out the journal", forgets_events, false}};

store_actor::behavior_type wrong_store(store_actor::pointer self, store_actor inner, mutant how) {
  return {
      [=](const commit& what) -> caf::result<committed> {
        auto changed = what;
        how.changes(changed);
        if (!how.answers_early) return self->delegate(inner, std::move(changed));
        self->request(inner, 60s, std::move(changed))
            .then([](const committed&) {}, [](caf::error&) {});
        return committed{};
      },
      [](const follow_journal&) {},
      [](caf::atom_constant<caf::atom("flush")>) {},
  };
}

class store_simulation : public store_stage {
 protected:
  /// What is wrong after a run, in words.
  std::vector<std::string> run(std::uint64_t seed, const mutant& how) {
    draw_.seed(seed);
    shuffle(seed);
    reset();
    start(how);
    auto begun = now();
    for (int step = 0; step < 120; ++step) {
      if (draw_() % 3 != 0) wishes_.push_back(next_wish());
      for (auto& one : wishes_)
        if (one.open.empty() || draw_() % 4 == 0) send(one);
      if (draw_() % 3 != 0) settle();
      hear();
      if (draw_() % 8 == 0) advance(std::chrono::seconds{draw_() % 120});
      if (draw_() % 30 == 0) *wall += std::chrono::minutes{draw_() % 240} - 120min;
      if (draw_() % 12 == 0) {
        stop(caf::exit_reason::kill);
        if (draw_() % 3 == 0) advance(std::chrono::seconds{draw_() % 300});  // nobody serves
        start(how);
      }
    }
    EXPECT_GE(now() - begun, 5min);
    stop(caf::exit_reason::kill);
    start(right);
    auto wrong = look();
    stop(caf::exit_reason::user_shutdown);
    return wrong;
  }

 private:
  /// What a client wants done; without changes once it knows.
  struct wish {
    commit what;
    std::vector<answer<committed>> open;
  };

  void reset() {
    wishes_.clear();
    done_.clear();
    number_ = 0;
    std::filesystem::remove_all(folder.path() / "store");
  }
  void start(const mutant& how) {
    open();
    front_ = own(sys.spawn(wrong_store, store, how));
  }
  void stop(caf::exit_reason reason) {
    end(front_, reason);
    close(reason);
  }

  /// A new document, or one more on a counter as this client last saw it.
  wish next_wish() {
    auto id = std::to_string(++number_);
    wish made;
    made.what.once = once_key{"ada", "act", id, "body", id};
    auto subject = "new/" + id;
    if (draw_() % 2 == 0) {
      made.what.changes.push_back({subject, id});
    } else {
      subject = "counter/" + std::to_string(draw_() % 3);
      auto seen = seen_.find(subject);
      auto [revision, count] = seen == seen_.end() ? std::pair{0ul, 0} : seen->second;
      made.what.expectations.push_back({subject, revision});
      made.what.changes.push_back({subject, std::to_string(count + 1)});
    }
    made.what.events.push_back(event_about(subject));
    return made;
  }
  void send(wish& one) { one.open.push_back(begin<committed>(front_, one.what)); }

  /// Some answers never come. A client that is refused gives its wish up; one that hears of a
  /// failure, or nothing, asks again.
  void hear() {
    for (auto& one : wishes_) {
      std::erase_if(one.open, [&](auto&) { return draw_() % 5 == 0; });
      for (auto& reply : one.open)
        if (*reply) take(one, **reply);
      std::erase_if(one.open, [](auto& reply) { return reply->has_value(); });
    }
    std::erase_if(wishes_, [](auto& one) { return one.what.changes.empty(); });
    refresh();
  }
  void take(wish& one, const caf::expected<committed>& told) {
    if (one.what.changes.empty()) return;
    if (told) {
      done_.push_back(one.what);
    } else if (!is(told.error(), errc::stale_revision)) {
      return;
    }
    one.what.changes.clear();
  }
  /// What the clients see of the counters now and then.
  void refresh() {
    if (draw_() % 2 == 0) return;
    settle();
    seen_.clear();
    for (auto& one : scanned({"counter/", {}, 100, false}).items)
      seen_[one.key] = {one.revision, std::stoi(one.value)};
  }

  std::vector<std::string> look() {
    std::map<std::string, int> told;
    for (auto& entry : journal()) ++told[entry.subject];
    std::map<std::string, std::string> there;
    for (auto& one : scanned({"", {}, 10'000, false}).items) there[one.key] = one.value;
    std::map<std::string, int> acknowledged;
    for (auto& one : done_) ++acknowledged[one.changes.front().key];
    std::vector<std::string> wrong;
    for (auto& [key, times] : acknowledged) {
      if (!there.contains(key)) wrong.push_back(key + " is lost");
      if (told[key] < times) wrong.push_back(key + " is not told of");
    }
    for (auto& [key, value] : there) {
      if (key.starts_with("new/") && told[key] != 1) wrong.push_back(key + " was made twice");
      if (key.starts_with("counter/") && told[key] != std::stoi(value))
        wrong.push_back(key + " lost an update");
    }
    return wrong;
  }

  std::mt19937_64 draw_;
  store_actor front_;
  std::uint64_t number_ = 0;
  std::vector<wish> wishes_;
  std::vector<commit> done_;
  std::map<std::string, std::pair<std::uint64_t, int>> seen_;
};

TEST_F(store_simulation, does_everything_once_and_loses_nothing_that_it_acknowledged) {
  for (std::uint64_t seed = 0; seed < static_cast<std::uint64_t>(rounds(25, 2'000)); ++seed)
    for (auto& one : run(seed, right)) ADD_FAILURE() << "seed " << seed << ": " << one;
}

TEST_F(store_simulation, catches_each_wrong_store) {
  constexpr int seeds = 5;
  for (auto& how : mutants) {
    int caught = 0;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) caught += !run(seed, how).empty();
    std::cout << "a store that " << how.name << " is caught by " << caught << " of " << seeds
              << " seeds\n";
    EXPECT_GT(caught, 0) << how.name;
  }
}

}  // namespace
}  // namespace stellwerk
