#include "nodes/sim/fault.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace stellwerk::sim {
namespace {

using bytes = std::vector<std::uint8_t>;

const bytes whole{0x01, 0xFF, 0, 0, 0, 5, 7, 3, 2, 0xAB, 0xCD};

bytes spoilt(fault_kind kind) {
  auto frame = whole;
  spoil(kind, frame);
  return frame;
}

TEST(fault_test, reads_every_kind_of_the_table_and_writes_it_back) {
  for (auto& row : fault_table) {
    auto read = parse_fault({{"kind", row.name}});
    ASSERT_TRUE(read) << row.name;
    EXPECT_EQ(read->kind, row.kind);
    EXPECT_EQ(read->delay_ms, row.delay_ms);
    auto again = parse_fault(to_json(*read));
    ASSERT_TRUE(again) << row.name;
    EXPECT_EQ(again->kind, row.kind);
  }
}

TEST(fault_test, takes_a_delay_and_a_code_within_their_limits) {
  EXPECT_EQ(parse_fault({{"kind", "slow"}, {"delay_ms", 60'000}})->delay_ms, 60'000);
  EXPECT_EQ(parse_fault({{"kind", "drip"}, {"delay_ms", 1}})->delay_ms, 1);
  EXPECT_EQ(parse_fault({{"kind", "exception"}, {"code", 6}})->code, 6);
  EXPECT_EQ(
      json::serialize(to_json(*parse_fault({{"kind", "exception"}, {"code", 6}}))),
      R"({"kind":"exception","code":6})"
  );
}

TEST(fault_test, refuses_what_it_does_not_know_and_names_the_field) {
  struct {
    json::object text;
    std::string starts_with;
  } cases[] = {
      {{}, "kind: expected one of none, silent"},
      {{{"kind", 3}}, "kind: expected"},
      {{{"kind", "slo"}}, "kind: expected"},
      {{{"kind", "slow"}, {"delay_ms", 0}}, "delay_ms: expected an integer from 1 to 60000"},
      {{{"kind", "slow"}, {"delay_ms", 60'001}}, "delay_ms: expected"},
      {{{"kind", "slow"}, {"delay_ms", "x"}}, "delay_ms: expected"},
      {{{"kind", "slow"}, {"delay_ms", 1.5}}, "delay_ms: expected"},
      {{{"kind", "silent"}, {"delay_ms", 3}}, "delay_ms: not a field of silent"},
      {{{"kind", "slow"}, {"code", 3}}, "code: not a field of slow"},
      {{{"kind", "exception"}, {"code", 0}}, "code: expected an integer from 1 to 127"},
      {{{"kind", "exception"}, {"code", 128}}, "code: expected"},
  };
  for (auto& c : cases) {
    auto read = parse_fault(c.text);
    ASSERT_FALSE(read) << json::serialize(c.text);
    EXPECT_TRUE(read.error().message.starts_with(c.starts_with)) << read.error().message;
  }
}

TEST(fault_test, reads_pairs_with_numbers_and_words) {
  auto pairs = parse_pairs("unit=2,kind=slow,delay_ms=300");
  ASSERT_TRUE(pairs);
  EXPECT_EQ(json::serialize(*pairs), R"({"unit":2,"kind":"slow","delay_ms":300})");
  EXPECT_FALSE(parse_pairs("unit"));
  EXPECT_FALSE(parse_pairs("unit=1,,kind=slow"));
}

TEST(fault_test, changes_just_the_bytes_it_says) {
  EXPECT_EQ(spoilt(fault_kind::none), whole);
  EXPECT_EQ(spoilt(fault_kind::slow), whole);
  EXPECT_EQ(spoilt(fault_kind::drip), whole);
  EXPECT_EQ(spoilt(fault_kind::wrong_unit), (bytes{0x01, 0xFF, 0, 0, 0, 5, 8, 3, 2, 0xAB, 0xCD}));
  EXPECT_EQ(spoilt(fault_kind::wrong_transaction), (bytes{2, 0, 0, 0, 0, 5, 7, 3, 2, 0xAB, 0xCD}));
  EXPECT_EQ(spoilt(fault_kind::cut_short), (bytes{0x01, 0xFF, 0, 0, 0, 5, 7, 3}));
}

TEST(fault_test, makes_garbage_of_the_same_size_that_no_client_can_take_for_modbus) {
  auto frame = spoilt(fault_kind::garbage);
  EXPECT_EQ(frame.size(), whole.size());
  EXPECT_NE(frame[2], 0);
  EXPECT_EQ(frame, spoilt(fault_kind::garbage));
}

}  // namespace
}  // namespace stellwerk::sim
