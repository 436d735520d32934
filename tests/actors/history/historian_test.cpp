#include "actors/history/historian.hpp"

#include <cmath>

#include "tests/actors/history/history_stage.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

struct historian_test : history_stage {
  void SetUp() override { open(); }

  double refused_for(const char* reason) {
    return tools.numbers->samples_refused.Add({{"reason", reason}}).Value();
  }
  double refused() {
    double all = 0;
    for (auto& family :
         {"seq_too_old", "wrong_type", "invalid", "over_limit", "internal_error", "busy"})
      all += refused_for(family);
    return all;
  }
  void expect_all_counted() {
    auto& m = *tools.numbers;
    EXPECT_EQ(
        m.samples_received.Value(),
        m.samples_stored.Value() + refused() + m.samples_duplicate.Value()
    );
  }
};

TEST_F(historian_test, answers_what_it_stored_and_tells_it_in_order_of_time) {
  auto done = append({sample_at(2, 5, 1.5), sample_at(1, 9, true), sample_at(1, 5, false)});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->accepted, 3u);
  EXPECT_TRUE(done->refused.empty());
  auto found = all_of({2, 1, 3});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].series, 1u);
  EXPECT_EQ(found[0].value, value{false});
  EXPECT_EQ(found[1].series, 2u);
  EXPECT_EQ(found[2].value, value{true});
  expect_all_counted();
}

TEST_F(historian_test, counts_the_samples_of_mail_that_found_no_room) {
  append_samples two{nullptr, {}, {sample_at(1, 1, 1.0)}, {{1, "wrong_type", ""}}};
  auto asked = begin<post_answer>(historian, two);  // sent when the mailbox is full
  for (std::size_t i = 0; i < historian_state::mailbox_max + 3; ++i)
    caf::anon_send(historian, record_samples{{sample_at(2, 1, 1.0), sample_at(3, 1, 1.0)}});
  settle();
  ASSERT_FALSE(**asked);
  EXPECT_TRUE(is((*asked)->error(), errc::busy));
  EXPECT_EQ(refused_for("busy"), 2 + 3 * 2);
  expect_all_counted();
}

TEST_F(historian_test, keeps_what_it_acknowledged_over_a_restart) {
  ASSERT_TRUE(append({sample_at(1, 1, 1.0), sample_at(2, 1, "on")}));
  ASSERT_TRUE(append({sample_at(1, 0, 0.5)}));
  auto before = content({1, 2});
  close(caf::exit_reason::kill);
  open();
  EXPECT_EQ(content({1, 2}), before);
  EXPECT_EQ(before.size(), 3u);
  auto latest = ask<latest_values>(historian, read_latest{{2, 9, 1}});
  ASSERT_TRUE(latest);
  ASSERT_EQ(latest->items.size(), 2u);
  EXPECT_EQ(latest->items[0].value, value{"on"});
  EXPECT_EQ(latest->items[1].value, value{1.0});
}

TEST_F(historian_test, stores_a_repeated_stamp_once_and_gives_the_first_answer) {
  append_samples what{
      nullptr, source_stamp{"p/s", 0, 4}, {sample_at(1, 1, 1)}, {{1, "unknown_channel", "none"}}};
  auto first = ask<post_answer>(historian, what);
  what.items = {sample_at(1, 2, 2), sample_at(1, 3, 3)};
  for (int round = 0; round < 2; ++round) {
    auto again = ask<post_answer>(historian, what);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(again->accepted, 1u);
    ASSERT_EQ(again->refused.size(), 1u);
    EXPECT_EQ(again->refused[0].code, "unknown_channel");
    close();
    open();
  }
  EXPECT_EQ(content({1}).size(), 1u);
  EXPECT_EQ(tools.numbers->samples_duplicate.Value(), 4);
  EXPECT_EQ(tools.numbers->samples_stored.Value(), 1);
}

TEST_F(historian_test, answers_a_repeat_in_the_same_group_like_its_first) {
  append_samples what{nullptr, source_stamp{"p/s", 0, 4}, {sample_at(1, 1, 1)}, {}};
  auto first = begin<post_answer>(historian, what);
  auto second = begin<post_answer>(historian, what);
  settle();
  ASSERT_TRUE(*first && **first && *second && **second);
  EXPECT_EQ((**second)->accepted, 1u);
  EXPECT_EQ(tools.numbers->samples_duplicate.Value(), 1);
  expect_all_counted();
}

TEST_F(historian_test, never_tells_as_stored_what_was_refused_when_it_first_came) {
  auto batch = [](std::uint64_t number, bool enabled) {
    append_samples what{nullptr, source_stamp{"p/s", 0, number}, {}, {}};
    for (std::uint32_t i = 0; i < 2; ++i)
      if (enabled)
        what.items.push_back(sample_at(1, static_cast<std::int64_t>(number * 2 + i), 1));
      else
        what.refused.push_back({i, "disabled", "off"});
    return what;
  };
  for (auto& first : {batch(1, false), batch(2, true), batch(3, true)})
    ASSERT_TRUE(ask<post_answer>(historian, first));
  for (int round = 0; round < 2; ++round) {
    auto refused = ask<post_answer>(historian, batch(1, true));
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->accepted, 0u);
    ASSERT_EQ(refused->refused.size(), 2u);
    EXPECT_EQ(refused->refused[1].code, "seq_seen");
    auto stored = ask<post_answer>(historian, batch(2, false));
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->accepted, 2u);
    close();
    open();
  }
  EXPECT_EQ(content({1}).size(), 4u);
}

TEST_F(historian_test, refuses_every_item_of_a_number_below_the_window) {
  ASSERT_TRUE(append({sample_at(1, 1, 1)}, source_stamp{"p/s", 0, 5'000}));
  append_samples old{
      nullptr,
      source_stamp{"p/s", 0, 3'976},
      {sample_at(1, 2, 1), sample_at(1, 3, 1)},
      {{1, "wrong_type", "no"}}};
  auto told = ask<post_answer>(historian, old);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->accepted, 0u);
  ASSERT_EQ(told->refused.size(), 3u);
  EXPECT_EQ(told->refused[0].code, "seq_too_old");
  EXPECT_EQ(told->refused[1].code, "wrong_type");
  EXPECT_EQ(told->refused[2].index, 2u);
  ASSERT_TRUE(append({sample_at(1, 4, 1)}, source_stamp{"p/s", 0, 3'977}));
  ASSERT_TRUE(append({sample_at(1, 5, 1)}, source_stamp{"p/s", 1, 0}));  // a new epoch
  EXPECT_EQ(content({1}).size(), 3u);
  expect_all_counted();
}

TEST_F(historian_test, refuses_new_sources_at_the_limit_of_their_principal) {
  close();
  open({1 << 20, 1 << 20, {2, 10}});
  EXPECT_TRUE(append({sample_at(1, 1, 1)}, source_stamp{"p/a", 0, 1}));
  EXPECT_TRUE(append({sample_at(1, 2, 1)}, source_stamp{"p/b", 0, 1}));
  auto third = append({sample_at(1, 3, 1)}, source_stamp{"p/c", 0, 1});
  ASSERT_FALSE(third);
  EXPECT_TRUE(is(third.error(), errc::over_limit));
  *wall += 24h;
  EXPECT_TRUE(append({sample_at(1, 3, 1)}, source_stamp{"p/c", 0, 1}));
  close();
  open();
  EXPECT_TRUE(append({sample_at(1, 4, 1)}, source_stamp{"p/a", 0, 1}));  // it was forgotten
  EXPECT_EQ(content({1}).size(), 4u);
  expect_all_counted();
}

TEST_F(historian_test, records_what_buses_saw_and_leaves_out_what_no_one_can_store) {
  caf::anon_send(
      historian,
      record_samples{
          {sample_at(1, 1, 1.0), sample_at(1, 2, std::nan("")), sample_at(1, 3, value{}),
           sample_at(1, 4, std::string(1025, 'x'))}}
  );
  settle();
  EXPECT_EQ(content({1}).size(), 1u);
  EXPECT_EQ(refused_for("wrong_type"), 3);
  auto all = append({sample_at(1, 5, 1.0), sample_at(1, 6, value{})});
  ASSERT_FALSE(all);
  EXPECT_TRUE(is(all.error(), errc::invalid));
  expect_all_counted();
}

TEST_F(historian_test, lets_the_later_written_of_two_at_one_moment_hold) {
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(append({sample_at(1, 7, round), sample_at(1, 7, round + 10)}));
    auto found = all_of({1});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].value, value{round + 10});
  }
}

TEST_F(historian_test, tells_its_followers_each_batch_once_it_is_durable) {
  auto told = std::make_shared<std::vector<sample_batch>>();
  auto follower = spawn([told](sample_follower::pointer) -> sample_follower::behavior_type {
    return {[told](const sample_batch& batch) { told->push_back(batch); }};
  });
  ASSERT_TRUE(append({sample_at(1, 1, 1)}));
  caf::anon_send(historian, follow_samples{follower});
  caf::anon_send(historian, follow_samples{follower});
  settle();
  ASSERT_TRUE(append({sample_at(1, 2, 2), sample_at(1, 3, 3)}));
  ASSERT_EQ(told->size(), 1u);
  EXPECT_EQ(told->front()->size(), 2u);
  ASSERT_TRUE(append({}, source_stamp{"p/s", 0, 1}));
  EXPECT_EQ(told->size(), 1u);
}

TEST_F(historian_test, makes_chunks_of_full_heads_that_readers_cannot_tell_from_heads) {
  std::map<series_time, value> stored;
  for (int batch = 0; batch < 100; ++batch) {
    samples items;
    for (int i = batch * 20; i < batch * 20 + 20; ++i) {
      items.push_back(sample_at(1, i * 1'000, i * 0.5));
      stored[{1, items.back().time}] = items.back().value;
    }
    ASSERT_TRUE(append(std::move(items)));
  }
  EXPECT_GT(tools.numbers->chunks_written.Value(), 2);
  EXPECT_LT(tools.numbers->head_samples.Value(), 512);
  EXPECT_EQ(content({1}), stored);
  close();
  open();
  EXPECT_EQ(content({1}), stored);
}

TEST_F(historian_test, reads_pages_by_cursor_through_samples_of_one_moment) {
  samples items;
  for (int i = 0; i < 100; ++i)
    for (std::uint32_t series : {1u, 2u, 3u})
      items.push_back(sample_at(series, i / 4 * 10 + series, i));
  ASSERT_TRUE(append(items));
  auto whole = all_of({1, 2, 3});
  for (std::uint32_t limit : {1u, 2u, 3u, 7u, 74u, 75u, 76u}) {
    auto paged = all_of({1, 2, 3}, limit);
    ASSERT_EQ(paged.size(), whole.size()) << limit;
    for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_EQ(paged[i].value, whole[i].value);
  }
}

TEST_F(historian_test, refuses_ranges_beyond_its_limits) {
  auto code = [this](read_range what) {
    auto got = page(std::move(what));
    return got ? std::optional<errc>{} : refusal_of(got.error()).code;
  };
  std::vector<std::uint32_t> many(21);
  EXPECT_EQ(code({many, {}, at_ms(0), 10, 0}), errc::invalid);
  EXPECT_EQ(code({{1}, {}, at_ms(0), 10'001, 0}), errc::invalid);
  EXPECT_EQ(code({{1}, {}, at_ms(0), 0, 0}), errc::invalid);
  EXPECT_EQ(code({{1}, {}, at_ms(0), 10'000, 0}), std::nullopt);
}

TEST_F(historian_test, lets_a_reader_without_heads_answer_busy) {
  end(historian);
  auto got = page({{1}, {}, at_ms(0), 10, 0});
  ASSERT_FALSE(got);
  EXPECT_TRUE(is(got.error(), errc::busy));
}

}  // namespace
}  // namespace stellwerk
