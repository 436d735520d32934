#include "actors/access/limit_table.hpp"

#include <gtest/gtest.h>

#include <random>

#include "actors/access/address.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;
using moment = limit_table::moment;

constexpr std::size_t much = std::size_t{1} << 30;

struct limit_table_test : testing::Test {
  limit_options options;
  moment start{1h};

  limit_note ask(
      limit_table& table, moment at, rate_class kind = rate_class::standard,
      std::string_view key = "10.0.0.1", std::uint32_t cost = 1, key_kind whose = key_kind::address
  ) {
    return table.take(kind, whose, key, cost, at);
  }
};

TEST_F(limit_table_test, refuses_first_the_request_after_the_limit) {
  limit_table table{options, much, much};
  for (std::uint32_t i = 1; i <= 300; ++i) {
    auto note = ask(table, start);
    ASSERT_EQ(note.retry_after_s, 0u) << i;
    ASSERT_EQ(note.remaining, 300 - i);
    ASSERT_EQ(note.limit, 300u);
  }
  auto note = ask(table, start + 10s);
  EXPECT_EQ(note.retry_after_s, 51u);
  EXPECT_EQ(note.remaining, 0u);
  EXPECT_EQ(ask(table, start + 60s).retry_after_s, 1u);
  EXPECT_EQ(ask(table, start + 61s).retry_after_s, 0u);
}

TEST_F(limit_table_test, counts_each_class_each_key_and_each_kind_of_key_alone) {
  options.default_ = limit_options::requests::clamped(1);
  limit_table table{options, much, much};
  EXPECT_EQ(ask(table, start).retry_after_s, 0u);
  EXPECT_GT(ask(table, start).retry_after_s, 0u);
  EXPECT_EQ(ask(table, start, rate_class::write).retry_after_s, 0u);
  EXPECT_EQ(ask(table, start, rate_class::standard, "10.0.0.2").retry_after_s, 0u);
  auto by_principal = key_kind::principal;
  EXPECT_EQ(ask(table, start, rate_class::standard, "10.0.0.1", 1, by_principal).retry_after_s, 0u);
}

TEST_F(limit_table_test, knows_no_limit_for_class_none_and_for_zero) {
  options.default_ = limit_options::requests::clamped(0);
  limit_table table{options, much, much};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(ask(table, start, rate_class::none).retry_after_s, 0u);
    EXPECT_EQ(ask(table, start).retry_after_s, 0u);
  }
  EXPECT_EQ(table.keys(), 0u);
}

/// Whatever the pattern of requests: over any 60 s no more than the limit pass, and whoever waits
/// as long as he is told passes.
TEST_F(limit_table_test, lets_no_more_than_the_limit_through_in_any_sixty_seconds) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 draw{seed};
    options.default_ =
        limit_options::requests::clamped(1 + static_cast<std::uint32_t>(draw() % 40));
    limit_table table{options, much, much};
    auto limit = std::size_t{std::uint32_t{options.default_}};
    // Near the wrap of 32-bit milliseconds for every other seed.
    auto at = seed % 2 == 0 ? start : moment{std::chrono::milliseconds{0xFFFF'0000u}};
    std::vector<moment> passed;
    for (int i = 0; i < 2000; ++i) {
      auto gap = draw() % 10 == 0 ? 70'000'000u : 5'000'000u;
      at += std::chrono::microseconds{draw() % gap};
      auto note = ask(table, at);
      if (note.retry_after_s == 0) {
        passed.push_back(at);
      } else if (draw() % 4 == 0) {
        at += std::chrono::seconds{note.retry_after_s};
        ASSERT_EQ(ask(table, at).retry_after_s, 0u) << "seed " << seed;
        passed.push_back(at);
      }
    }
    for (std::size_t i = limit; i < passed.size(); ++i)
      ASSERT_GT(passed[i] - passed[i - limit], 60s) << "seed " << seed << ", take " << i;
    EXPECT_GT(passed.size(), limit);
  }
}

TEST_F(limit_table_test, has_a_bucket_beside_the_window_where_people_log_in) {
  options.session = limit_options::requests::clamped(1000);
  limit_table table{options, much, much};
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(ask(table, start, rate_class::session).retry_after_s, 0u) << i;
  EXPECT_EQ(ask(table, start, rate_class::session).retry_after_s, 1u);
  EXPECT_EQ(ask(table, start + 99ms, rate_class::session).retry_after_s, 1u);
  EXPECT_EQ(ask(table, start + 100ms, rate_class::session).retry_after_s, 0u);
  EXPECT_EQ(ask(table, start + 100ms, rate_class::session).retry_after_s, 1u);
}

TEST_F(limit_table_test, charges_samples_by_points) {
  limit_table table{options, much, much};
  auto points = [&](moment at, std::uint32_t n) {
    return ask(table, at, rate_class::ingest, "sensor", n, key_kind::principal);
  };
  EXPECT_EQ(points(start, 4000).remaining, 1000u);
  EXPECT_EQ(points(start, 3000).retry_after_s, 2u);
  EXPECT_EQ(points(start, 1000).retry_after_s, 0u);
  EXPECT_EQ(points(start + 2s, 2000).retry_after_s, 0u);
  EXPECT_EQ(points(start + 2s, 1).retry_after_s, 1u);
}

TEST_F(limit_table_test, lets_a_batch_above_the_burst_through_a_full_bucket_into_debt) {
  limit_table table{options, much, much};
  auto points = [&](moment at, std::uint32_t n) {
    return ask(table, at, rate_class::ingest, "sensor", n, key_kind::principal);
  };
  EXPECT_EQ(points(start, 10'000).retry_after_s, 0u);
  EXPECT_EQ(points(start, 1).retry_after_s, 6u);
  EXPECT_EQ(points(start + 5s, 10'000).retry_after_s, 5u);
  EXPECT_EQ(points(start + 10s, 10'000).retry_after_s, 0u);
}

TEST_F(limit_table_test, holds_no_more_keys_than_agreed_and_forgets_the_oldest) {
  options.default_ = limit_options::requests::clamped(1);
  limit_table table{options, 100, much};
  EXPECT_EQ(ask(table, start, rate_class::standard, "busy").retry_after_s, 0u);
  for (int i = 0; i < 10'000; ++i) {
    ask(table, start, rate_class::standard, "flood " + std::to_string(i));
    if (i % 50 == 0) {
      EXPECT_GT(ask(table, start, rate_class::standard, "busy").retry_after_s, 0u);
    }
    ASSERT_LE(table.keys(), 100u);
  }
}

TEST_F(limit_table_test, holds_no_more_bytes_than_agreed_whatever_fills_them) {
  constexpr std::size_t bytes_max = 64 * 1024;
  limit_table table{options, much, bytes_max};
  std::mt19937_64 draw{7};
  for (int i = 0; i < 20'000; ++i) {
    ask(table, start, rate_class::standard,
        std::string(draw() % 300, 'x') + std::to_string(i % 99));
    ASSERT_LE(table.bytes(), bytes_max);
  }
  EXPECT_GT(table.keys(), 10u);
  while (!table.forget_idle(start + 61s, 10)) {
  }
  EXPECT_EQ(table.keys(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
}

TEST_F(limit_table_test, forgets_idle_keys_only) {
  limit_table table{options, much, much};
  ask(table, start, rate_class::standard, "idle");
  ask(table, start + 30s, rate_class::standard, "busy");
  EXPECT_TRUE(table.forget_idle(start + 60s, 10));
  EXPECT_EQ(table.keys(), 2u);
  EXPECT_TRUE(table.forget_idle(start + 61s, 10));
  EXPECT_EQ(table.keys(), 1u);
  EXPECT_EQ(ask(table, start + 61s, rate_class::standard, "busy").remaining, 298u);
}

TEST(address_test, counts_ipv6_by_its_64_and_mapped_ipv4_as_ipv4) {
  struct row {
    const char* given;
    const char* counted;
  };
  for (auto [given, counted] : std::vector<row>{
           {"192.0.2.7", "192.0.2.7"},
           {"::ffff:192.0.2.7", "192.0.2.7"},
           {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
           {"2001:DB8:1:2::9", "2001:db8:1:2::/64"},
           {"2001:db8:1:3::9", "2001:db8:1:3::/64"},
           {"fe80::1", "fe80::/64"},
           {"no address", "no address"},
           {"", ""}})
    EXPECT_EQ(limit_key(given), counted) << given;
}

TEST(address_test, knows_the_loopback_of_both_families) {
  for (auto* here : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_loopback(here)) << here;
  for (auto* there : {"128.0.0.1", "10.127.0.1", "::2", "::", "::ffff:10.0.0.1", "localhost", ""})
    EXPECT_FALSE(is_loopback(there)) << there;
}

}  // namespace
}  // namespace stellwerk
