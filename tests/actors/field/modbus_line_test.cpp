#include "actors/field/modbus_line.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "tests/actors/field/modbus_plant.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using bytes = hostile_server::bytes;
using answer = hostile_server::answer;

const pdu_bytes read_one{3, 0, 0, 0, 1};

pdu_bytes held(std::span<const std::uint8_t> pdu) { return {pdu.begin(), pdu.end()}; }

/// The right answer to `request`: 42.
bytes right(const bytes& request) {
  return {request[0], request[1], 0, 0, 0, 5, request[6], 3, 2, 0, 42};
}

struct lie {
  const char* name;
  hostile_server::script says;
  line_fault fault;
};

bytes changed(bytes data, std::size_t at, std::uint8_t to) {
  data[at] = to;
  return data;
}
bytes joined(bytes a, const bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const lie lies[]{
    {"transaction", [](auto& r) { return answer{changed(right(r), 1, r[1] ^ 1)}; },
     line_fault::lying},
    {"protocol", [](auto& r) { return answer{changed(right(r), 3, 1)}; }, line_fault::lying},
    {"length_short", [](auto& r) { return answer{changed(right(r), 5, 4)}; }, line_fault::lying},
    {"length_long", [](auto& r) { return answer{changed(right(r), 5, 6)}; }, line_fault::timed_out},
    {"unit", [](auto& r) { return answer{changed(right(r), 6, r[6] ^ 1)}; }, line_fault::lying},
    {"nothing", [](auto&) { return answer{}; }, line_fault::timed_out},
    {"garbage", [](auto&) { return answer{bytes(11, 0xAA)}; }, line_fault::lying},
    {"too_large", [](auto& r) { return answer{changed(right(r), 4, 1)}; }, line_fault::lying},
    {"empty", [](auto& r) { return answer{changed(right(r), 5, 1)}; }, line_fault::lying},
    {"endless", [](auto&) { return answer{bytes(100'000, 3)}; }, line_fault::lying},
    {"closed",
     [](auto&) {
       return answer{{}, answer::finish};
     },
     line_fault::closed},
    {"reset",
     [](auto&) {
       return answer{{}, answer::reset};
     },
     line_fault::closed},
};

class hostile_answers : public testing::TestWithParam<lie> {};

TEST_P(hostile_answers, are_never_taken_for_data_and_end_the_connection) {
  hostile_server server{GetParam().says};
  modbus_line line{"127.0.0.1", server.number(), {}};
  ASSERT_EQ(line.connect(10s).fault, line_fault::none);
  auto silent = GetParam().fault == line_fault::timed_out;
  auto said = line.ask(1, read_one, silent ? 100ms : 10'000ms);
  EXPECT_EQ(to_word(said.fault), to_word(GetParam().fault)) << said.detail;
  EXPECT_TRUE(said.sent);
  EXPECT_TRUE(said.pdu.empty());
  EXPECT_FALSE(said.detail.empty());
  EXPECT_FALSE(line.connected());
}

INSTANTIATE_TEST_SUITE_P(all, hostile_answers, testing::ValuesIn(lies), [](auto& p) {
  return p.param.name;
});

TEST(modbus_line, takes_no_part_of_an_answer_for_the_whole) {
  for (std::size_t n = 0; n < 11; ++n)
    for (auto then : {answer::finish, answer::reset}) {
      hostile_server server{[=](auto& r) {
        auto data = right(r);
        data.resize(n);
        return answer{data, then};
      }};
      modbus_line line{"127.0.0.1", server.number(), {}};
      ASSERT_EQ(line.connect(10s).fault, line_fault::none);
      auto said = line.ask(1, read_one, 10s);
      EXPECT_NE(said.fault, line_fault::none) << n << " bytes";
      EXPECT_FALSE(line.connected());
    }
}

TEST(modbus_line, takes_a_doubled_answer_for_one) {
  hostile_server server{[](auto& r) { return answer{joined(right(r), right(r))}; }};
  modbus_line line{"127.0.0.1", server.number(), {}};
  for (int i = 0; i < 20; ++i) {
    if (!line.connected()) {
      ASSERT_EQ(line.connect(10s).fault, line_fault::none);
    }
    auto said = line.ask(1, read_one, 10s);
    // Whether the second copy is there before the next request or after it, it is no answer to it.
    if (said.fault == line_fault::none) {
      EXPECT_EQ(held(said.pdu), (pdu_bytes{3, 2, 0, 42}));
    } else {
      EXPECT_EQ(said.fault, line_fault::lying);
    }
  }
}

TEST(modbus_line, does_not_take_a_late_answer_for_the_next) {
  bytes late;
  hostile_server server{[&](auto& r) {
    if (late.empty()) {
      late = right(r);
      return answer{};
    }
    return answer{joined(late, right(r))};
  }};
  modbus_line line{"127.0.0.1", server.number(), {}};
  ASSERT_EQ(line.connect(10s).fault, line_fault::none);
  EXPECT_EQ(line.ask(1, read_one, 50ms).fault, line_fault::timed_out);
  ASSERT_FALSE(line.connected()) << "the answer may still come";
  ASSERT_EQ(line.connect(10s).fault, line_fault::none);
  EXPECT_EQ(line.ask(1, read_one, 10s).fault, line_fault::lying) << "it bears the old number";
}

TEST(modbus_line, asks_a_server_that_tells_the_truth) {
  hostile_server server{[](auto& r) { return answer{right(r)}; }};
  modbus_line line{"localhost", server.number(), {}};
  ASSERT_EQ(line.connect(10s).fault, line_fault::none);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(held(line.ask(9, read_one, 10s).pdu), (pdu_bytes{3, 2, 0, 42}));
}

TEST(modbus_line, ends_in_time_where_bytes_drip) {
  modbus_plant plant{1};
  plant.set_fault(1, sim::fault_kind::drip, 60);
  modbus_line line{"127.0.0.1", plant.number(), {}};
  ASSERT_EQ(line.connect(10s).fault, line_fault::none);
  auto said = line.ask(1, read_one, 200ms);
  EXPECT_EQ(said.fault, line_fault::timed_out);
  EXPECT_GE(said.took, 150ms);
}

TEST(modbus_line, is_kicked_out_of_a_wait_for_more_than_is_sure) {
  line_kick kick;
  hostile_server server{[&](auto&) {
    kick.kick();
    return answer{};
  }};
  modbus_line line{"127.0.0.1", server.number(), {}};
  line.heed(kick);
  for (auto sure : {0ms, 50ms}) {
    ASSERT_EQ(line.connect(10s).fault, line_fault::none);
    auto said = line.ask(1, read_one, {sure, 1h});
    EXPECT_EQ(said.fault, line_fault::timed_out);
    EXPECT_GE(said.took, sure);
    EXPECT_FALSE(line.connected());
  }
}

TEST(modbus_line, says_why_it_is_not_connected) {
  modbus_plant plant{1};
  plant.refuse();
  modbus_line line{"127.0.0.1", plant.number(), {}};
  EXPECT_EQ(line.connect(10s).fault, line_fault::refused);
  modbus_line outside{"8.8.8.8", 502, {}};
  EXPECT_EQ(outside.connect(10s).fault, line_fault::forbidden);
  modbus_line nobody{"no-such-host.invalid", 502, {}};
  EXPECT_EQ(nobody.connect(10s).fault, line_fault::unreachable);
  modbus_line late{"10.255.255.1", 502, {}};
  EXPECT_EQ(late.connect(0ms).fault, line_fault::unreachable) << "allowed, but no time is left";
}

TEST(modbus_line, sees_that_the_other_side_went_away) {
  modbus_plant plant{1};
  modbus_line line{"127.0.0.1", plant.number(), {}};
  ASSERT_EQ(line.connect(10s).fault, line_fault::none);
  EXPECT_EQ(line.ask(1, read_one, 10s).fault, line_fault::none);
  EXPECT_TRUE(line.alive());
  plant.refuse();
  EXPECT_FALSE(line.alive());
  EXPECT_FALSE(line.connected());
}

TEST(modbus_line, works_with_more_descriptors_than_select_knows) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  auto before = limit;
  limit.rlim_cur = std::min<rlim_t>(4096, limit.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  std::vector<int> open;
  for (int i = 0; i < 1100; ++i) open.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_GT(open.back(), 1024);
  {
    hostile_server server{[](auto& r) { return answer{right(r)}; }};
    modbus_line line{"127.0.0.1", server.number(), {}};
    ASSERT_EQ(line.connect(10s).fault, line_fault::none);
    EXPECT_EQ(held(line.ask(1, read_one, 10s).pdu), (pdu_bytes{3, 2, 0, 42}));
  }
  for (auto one : open) ::close(one);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace stellwerk
