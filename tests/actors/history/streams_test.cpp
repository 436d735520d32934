#include "actors/history/streams.hpp"

#include <gtest/gtest.h>

#include "persistence/journal.hpp"
#include "tests/actor_test.hpp"

namespace stellwerk {
namespace {

struct streams_test : actor_test {
  /// What one thread's sockets got.
  struct heard {
    std::vector<stream_samples> samples;
    std::vector<stream_events> events;
  };
  struct listener {
    fanout_actor actor;
    std::shared_ptr<heard> got = std::make_shared<heard>();
  };

  void SetUp() override {
    names->by_series.put("1", {"tank/level", "d-tank", ""});
    names->by_series.put("2", {"tank/open", "d-tank", ""});
    streams = spawn(
        stellwerk::streams, spawn([this](historian_actor::pointer) { return historian(); }),
        spawn([this](store_actor::pointer) { return store(); }), names, tools
    );
    settle();
  }
  void TearDown() override {
    samples_to = sample_follower{};
    events_to = journal_follower{};
    streams = streams_actor{};
    actor_test::TearDown();
  }
  historian_actor::behavior_type historian() {
    return {
        [](const append_samples&) { return post_answer{}; },
        [](const record_samples&) {},
        [](const read_latest&) { return latest_values{}; },
        [this](const follow_samples& who) { samples_to = who.reader; },
        [](caf::atom_constant<caf::atom("flush")>) {},
    };
  }
  store_actor::behavior_type store() {
    return {
        [](const commit&) { return committed{}; },
        [this](const follow_journal& who) { events_to = who.reader; },
        [](caf::atom_constant<caf::atom("flush")>) {},
    };
  }

  listener join() {
    listener one;
    one.actor = spawn([got = one.got](fanout_actor::pointer) -> fanout_actor::behavior_type {
      return {
          [got](const stream_samples& batch) { got->samples.push_back(batch); },
          [got](const stream_events& batch) { got->events.push_back(batch); },
      };
    });
    caf::anon_send(streams, join_streams{one.actor});
    settle();
    return one;
  }
  void store_samples(samples items) {
    caf::anon_send(samples_to, sample_batch{std::make_shared<const samples>(std::move(items))});
    settle();
  }

  name_table_ptr names = std::make_shared<name_table>();
  streams_actor streams;
  sample_follower samples_to;
  journal_follower events_to;
  wall_time noon =
      std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{12};
};

TEST_F(streams_test, hands_the_samples_with_their_names_to_everyone_encoded_once) {
  auto a = join();
  auto b = join();
  store_samples(
      {{1, quality::good, noon, 1.5}, {9, quality::good, noon, 3}, {2, quality::stale, noon, true}}
  );
  ASSERT_EQ(a.got->samples.size(), 1u);
  ASSERT_EQ(b.got->samples.size(), 1u);
  EXPECT_EQ(a.got->samples[0], b.got->samples[0]);
  auto& batch = *a.got->samples[0];
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(batch[0].channel, "tank/level");
  EXPECT_EQ(batch[0].device_id, "d-tank");
  EXPECT_EQ(
      batch[0].json,
      R"({"channel":"tank/level","time":"2026-11-21T12:00:00.000Z","value":1.5,"quality":"good"})"
  );
  EXPECT_EQ(
      batch[1].json,
      R"({"channel":"tank/open","time":"2026-11-21T12:00:00.000Z","value":true,"quality":"stale"})"
  );
}

TEST_F(streams_test, uses_the_name_that_a_channel_has_now) {
  auto one = join();
  names->by_series.put("1", {"vat/level", "d-tank", ""});
  names->by_series.erase("2");
  store_samples({{1, quality::good, noon, 1.5}, {2, quality::good, noon, true}});
  store_samples({{2, quality::good, noon, true}});
  ASSERT_EQ(one.got->samples.size(), 1u);
  ASSERT_EQ(one.got->samples[0]->size(), 1u);
  EXPECT_EQ(one.got->samples[0]->front().channel, "vat/level");
}

TEST_F(streams_test, hands_events_on_with_what_sockets_decide_by) {
  auto one = join();
  auto stored = stored_form(
      {7,
       noon,
       "main",
       "device.created",
       "device/tank",
       "user/1",
       "ada",
       "::1",
       "r-1",
       "",
       R"({"a":1})",
       {},
       {}}
  );
  std::vector<std::string> batch{std::string(chain_hash{}.size(), '\1') + stored};
  caf::anon_send(events_to, journal_batch{std::make_shared<const std::vector<std::string>>(batch)});
  settle();
  ASSERT_EQ(one.got->events.size(), 1u);
  auto& told = one.got->events[0]->front();
  EXPECT_EQ(told.entry.type, "device.created");
  EXPECT_EQ(told.json.find("::1"), std::string::npos);
  EXPECT_EQ(
      told.json_with_address,
      R"({"seq":7,"time":"2026-11-21T12:00:00.000Z","type":"device.created",)"
      R"("subject":"device/tank","actor":{"principal":"user/1","name":"ada","address":"::1"},)"
      R"("request_id":"r-1","cause":"","data":{"a":1}})"
  );
}

TEST_F(streams_test, forgets_a_fanout_that_ended_and_counts_one_only_once) {
  auto gone = join();
  auto stays = join();
  caf::anon_send(streams, join_streams{stays.actor});
  end(gone.actor);
  store_samples({{1, quality::good, noon, 1.5}});
  EXPECT_TRUE(gone.got->samples.empty());
  EXPECT_EQ(stays.got->samples.size(), 1u);
}

TEST_F(streams_test, refuses_the_65th_until_another_ends) {
  std::vector<listener> all;
  for (int i = 0; i < 65; ++i) all.push_back(join());
  store_samples({{1, quality::good, noon, 1.5}});
  EXPECT_EQ(all[63].got->samples.size(), 1u);
  EXPECT_TRUE(all[64].got->samples.empty());
  end(all[0].actor);
  caf::anon_send(streams, join_streams{all[64].actor});
  settle();
  store_samples({{1, quality::good, noon, 1.5}});
  EXPECT_EQ(all[64].got->samples.size(), 1u);
}

}  // namespace
}  // namespace stellwerk
