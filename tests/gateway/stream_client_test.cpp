#include "gateway/stream_client.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <numeric>
#include <random>

namespace stellwerk::gateway {
namespace {

constexpr wall_time now{std::chrono::seconds{1'800'000'000}};

class stream_client_test : public testing::Test {
 protected:
  stream_client_test() {
    add("tank-1/level", 1, "dev-1");
    add("tank-2/level", 2, "dev-2");
    admit("viewer", "*");
  }
  void add(std::string name, std::uint32_t series, std::string device) {
    named_channel made;
    made.series = series;
    made.device_id = std::move(device);
    names.by_name.put(name, made);
  }
  void admit(std::string_view role, std::string scope) {
    auto who = std::make_shared<call_context>();
    grants given{{permissions_of(role), std::move(scope)}};
    who->caller = std::make_shared<principal>(principal{
        principal_kind::user, "ada", "ada", std::move(given)});
    aut.admit(who);
  }
  static subscribe_frame wanted(
      std::string id, std::vector<stream_pattern> samples, std::vector<stream_pattern> events,
      std::optional<std::uint64_t> after = {}
  ) {
    return {id, std::move(samples), std::move(events), after};
  }
  static stream_sample sample(std::string channel, std::string device, int value) {
    return {
        channel, device,
        R"({"channel":")" + channel + R"(","value":)" + std::to_string(value) + "}"};
  }
  static journal_entry entry(
      std::uint64_t seq, std::string type = "device.created", std::string subject = "device/tank-1"
  ) {
    journal_entry made;
    made.seq = seq;
    made.type = std::move(type);
    made.subject = std::move(subject);
    return made;
  }
  void live(std::vector<journal_entry> entries) {
    std::vector<stream_event> batch;
    for (auto& one : entries) batch.push_back(event_of(one));
    newest = entries.back().seq;
    aut.take(batch, now);
  }
  /// What the journal would answer, entries `first`..`last` of it held.
  void read_journal_for(const stream_client::lag& lag, std::uint64_t first, std::uint64_t last) {
    journal_slice slice;
    slice.first_seq = first;
    slice.last_seq = last;
    for (auto seq = std::max(lag.after + 1, first); seq <= last && slice.items.size() < 3; ++seq)
      slice.items.push_back(entry(seq));
    aut.catch_up(lag, slice, newest, now);
  }
  void catch_up(std::uint64_t first, std::uint64_t last) {
    while (auto lag = aut.behind()) read_journal_for(*lag, first, last);
  }
  /// Everything in the queue: `type:what`, taken out.
  std::vector<std::string> told() {
    std::vector<std::string> all;
    for (; auto frame = aut.queue.next(); aut.queue.written()) {
      auto parsed = boost::json::parse(*frame);
      auto& payload = parsed.at("payload").as_object();
      std::string type{parsed.at("type").as_string().c_str()};
      if (type == "event")
        all.push_back(std::to_string(payload.at("seq").to_number<int>()));
      else if (type == "gap")
        all.push_back(
            "gap " + std::to_string(payload.at("from").to_number<int>()) + '-' +
            std::to_string(payload.at("to").to_number<int>())
        );
      else
        for (auto& one : payload.at("samples").as_array())
          all.push_back(
              std::string{one.at("channel").as_string().c_str()} + '=' +
              std::to_string(one.at("value").to_number<int>())
          );
    }
    return all;
  }
  using texts = std::vector<std::string>;

  name_table names;
  published<named_channel>::reader reader{names.by_name};
  stream_client aut{"north", reader};
  std::uint64_t newest = 0;
};

TEST_F(stream_client_test, merges_samples_to_the_newest_of_each_channel) {
  aut.subscribe(wanted("a", {"*"}, {}));
  EXPECT_EQ(aut.take({sample("tank-1/level", "dev-1", 1), sample("tank-2/level", "dev-2", 2)}), 0u);
  EXPECT_EQ(aut.take({sample("tank-1/level", "dev-1", 3)}), 1u);
  aut.queue.batch_samples(now);
  EXPECT_EQ(told(), (texts{"tank-1/level=3", "tank-2/level=2"}));
  EXPECT_FALSE(aut.queue.has_samples());
}

TEST_F(stream_client_test, does_not_put_an_older_sample_over_a_newer_one) {
  aut.subscribe(wanted("a", {"*"}, {}));
  aut.take({sample("tank-1/level", "dev-1", 2)});
  aut.queue.older_sample("tank-1/level", sample("tank-1/level", "dev-1", 1).json);
  aut.queue.older_sample("tank-2/level", sample("tank-2/level", "dev-2", 1).json);
  aut.queue.batch_samples(now);
  EXPECT_EQ(told(), (texts{"tank-1/level=2", "tank-2/level=1"}));
}

TEST_F(stream_client_test, tells_only_what_was_asked_for_and_may_be_seen) {
  aut.subscribe(wanted("a", {"tank-2/*"}, {}));
  aut.take({sample("tank-1/level", "dev-1", 1), sample("tank-2/level", "dev-2", 2)});
  aut.queue.batch_samples(now);
  EXPECT_EQ(told(), texts{"tank-2/level=2"});
  admit("viewer", "device:dev-1");
  aut.take({sample("tank-1/level", "dev-1", 1), sample("tank-2/level", "dev-2", 3)});
  aut.queue.batch_samples(now);
  EXPECT_EQ(told(), texts{});
  EXPECT_TRUE(aut.visible({"*"}).size() == 1);
}

TEST_F(stream_client_test, tells_events_by_type_and_right) {
  aut.subscribe(wanted("a", {}, {"device.*"}));
  live({entry(5), entry(6, "command.sent", "command/x"), entry(7, "auth.logout", "user/x")});
  EXPECT_EQ(told(), texts{"5"});
  aut.subscribe(wanted("b", {}, {"*"}));
  live({entry(8), entry(9, "auth.logout", "user/x"), entry(10, "node.started", "north")});
  EXPECT_EQ(told(), (texts{"8", "10"})) << "a viewer sees no log-ins";
  admit("viewer", "device:dev-2");
  live({entry(11), entry(12, "device.updated", "device/tank-2"), entry(13, "node.stopped", "north")}
  );
  EXPECT_EQ(told(), texts{"12"});
}

TEST_F(stream_client_test, resumes_after_an_entry_without_gap_or_repeat) {
  aut.subscribe(wanted("a", {}, {"*"}, 3));
  ASSERT_TRUE(aut.behind());
  live({entry(8), entry(9)});
  EXPECT_EQ(told(), texts{}) << "first what came before";
  catch_up(1, 9);
  live({entry(10)});
  EXPECT_EQ(told(), (texts{"4", "5", "6", "7", "8", "9", "10"}));
}

TEST_F(stream_client_test, skips_live_entries_that_the_journal_gave_already) {
  aut.subscribe(wanted("a", {}, {"*"}, 3));
  catch_up(1, 6);
  live({entry(5), entry(6), entry(7)});
  EXPECT_EQ(told(), (texts{"4", "5", "6", "7"}));
}

TEST_F(stream_client_test, reads_again_what_a_lost_batch_held) {
  aut.subscribe(wanted("a", {}, {"*"}));
  live({entry(5)});
  live({entry(8)});
  ASSERT_TRUE(aut.behind());
  catch_up(1, 8);
  EXPECT_EQ(told(), (texts{"5", "6", "7", "8"}));
}

TEST_F(stream_client_test, says_what_the_journal_no_longer_holds) {
  aut.subscribe(wanted("a", {}, {"*"}, 3));
  catch_up(6, 7);
  EXPECT_EQ(told(), (texts{"gap 4-5", "6", "7"}));
}

TEST_F(stream_client_test, begins_at_the_end_when_asked_for_more_than_there_is) {
  aut.subscribe(wanted("a", {}, {"*"}, 1000));
  catch_up(1, 7);
  live({entry(8)});
  EXPECT_EQ(told(), texts{"8"});
}

TEST_F(stream_client_test, tells_an_entry_once_however_many_subscriptions_want_it) {
  aut.subscribe(wanted("a", {}, {"device.*"}));
  live({entry(5), entry(6)});
  aut.subscribe(wanted("b", {}, {"*"}, 3));
  live({entry(7)});
  catch_up(1, 7);
  live({entry(8)});
  EXPECT_EQ(told(), (texts{"5", "6", "7", "4", "8"}));
}

TEST_F(stream_client_test, tells_from_where_an_actor_came_to_readers_of_the_journal_alone) {
  auto came = entry(5);
  came.actor.address = "192.0.2.7";
  for (auto [role, wanted_hits] : {std::pair{"viewer", 0}, {"admin", 2}}) {
    stream_client one{"north", reader};
    auto who = std::make_shared<call_context>();
    grants given{{permissions_of(role), "*"}};
    who->caller = std::make_shared<principal>(principal{
        principal_kind::user, "ada", "ada", std::move(given)});
    one.admit(who);
    one.subscribe(wanted("live", {}, {"*"}));
    one.take({event_of(came)}, now);
    one.subscribe(wanted("late", {}, {"*"}, 5));
    journal_slice slice;
    slice.last_seq = 6;
    slice.items = {came};
    slice.items.front().seq = 6;
    one.catch_up(*one.behind(), slice, 5, now);
    int hits = 0;
    int events = 0;
    for (; auto frame = one.queue.next(); one.queue.written()) {
      ++events;
      hits += frame->find("192.0.2.7") != frame->npos;
    }
    EXPECT_EQ(events, 2);
    EXPECT_EQ(hits, wanted_hits) << role;
  }
}

TEST_F(stream_client_test, falls_behind_rather_than_hold_more_than_its_queue) {
  aut.subscribe(wanted("a", {}, {"*"}));
  aut.queue.frame(std::string(stream_queue::bytes_max, ' '));
  live({entry(5), entry(6)});
  ASSERT_TRUE(aut.behind());
  EXPECT_EQ(aut.behind()->after, 4u);
  aut.queue.written();
  catch_up(1, 6);
  EXPECT_EQ(told(), (texts{"5", "6"}));
}

TEST_F(stream_client_test, bounds_subscriptions_and_patterns) {
  EXPECT_EQ(aut.subscribe(wanted("a", std::vector<stream_pattern>(21, "*"), {})), "too_many");
  for (int i = 0; i < 32; ++i) EXPECT_FALSE(aut.subscribe(wanted(std::to_string(i), {"*"}, {"*"})));
  EXPECT_EQ(aut.subscribe(wanted("x", {"*"}, {})), "too_many");
  EXPECT_TRUE(aut.unsubscribe("7"));
  EXPECT_FALSE(aut.unsubscribe("7"));
  EXPECT_EQ(aut.subscribe(wanted("8", {"*"}, {})), "duplicate");
}

/// Any order of live batches, losses, full queues and journal reads: each entry once, in order.
TEST_F(stream_client_test, leaves_nothing_out_in_any_order_of_things) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::minstd_rand engine{seed + 1};
    auto draw = [&] { return static_cast<unsigned>(engine()); };
    stream_client one{"north", reader};
    auto who = std::make_shared<call_context>(*aut.who());
    one.admit(who);
    one.subscribe(wanted("a", {}, {"*"}, 0));
    std::uint64_t written = 0;  // entries in the journal
    std::uint64_t sent = 0;     // of those, sent live or lost
    std::vector<int> read;
    auto drain = [&](std::size_t frames) {
      for (; frames > 0 && one.queue.next(); --frames) {
        auto text = *one.queue.next();
        one.queue.written();
        if (text.front() != '{') continue;  // ballast
        auto parsed = boost::json::parse(text);
        read.push_back(parsed.at("payload").at("seq").to_number<int>());
      }
    };
    auto step = [&](unsigned what) {
      if (what == 0) written += draw() % 4;
      if (what == 1 && sent < written) {
        std::vector<stream_event> batch;
        auto lost = draw() % 4 == 0;
        for (; sent < written; ++sent) batch.push_back(event_of(entry(sent + 1)));
        if (!lost) one.take(batch, now);
      }
      if (what == 2)
        if (auto lag = one.behind()) {
          journal_slice slice;
          slice.last_seq = written;
          for (auto seq = lag->after + 1; seq <= std::min(written, lag->after + 3); ++seq)
            slice.items.push_back(entry(seq));
          one.catch_up(*lag, slice, sent, now);
        }
      if (what == 3) drain(draw() % 3);
      if (what == 4 && one.queue.has_room())
        one.queue.frame(std::string(stream_queue::bytes_max, 'x'));
    };
    for (int i = 0; i < 200; ++i) step(draw() % 5);
    sent = ++written;  // the last one arrives, whatever was lost before
    one.take({event_of(entry(written))}, now);
    for (drain(1000); one.behind(); drain(1000)) step(2);
    std::vector<int> all(written);
    std::iota(all.begin(), all.end(), 1);
    ASSERT_EQ(read, all) << "seed " << seed;
  }
}

}  // namespace
}  // namespace stellwerk::gateway
