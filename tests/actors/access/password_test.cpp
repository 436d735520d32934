#include <gtest/gtest.h>

#include <sstream>

#include "actors/access/common_words.hpp"
#include "actors/access/hasher.hpp"
#include "actors/access/password_hash.hpp"
#include "actors/access/password_rule.hpp"
#include "tests/actor_test.hpp"

namespace stellwerk {
namespace {

std::string codes(std::string_view password) {
  std::string all;
  for (auto& one : check_new_password(password, "ada_l", "lovelace@example.com")) {
    EXPECT_EQ(one.path, "password");
    EXPECT_EQ(one.message.find(password), std::string::npos);
    all += one.code + ' ';
  }
  return all;
}

TEST(password_hash_test, names_its_scheme_and_cost_and_matches_its_password_only) {
  auto record = hash_password("correct horse", 4);
  EXPECT_TRUE(record.starts_with("bcrypt-sha384$$2b$04$")) << record;
  EXPECT_EQ(cost_of(record), 4u);
  EXPECT_TRUE(password_matches("correct horse", record));
  EXPECT_FALSE(password_matches("correct horsf", record));
  EXPECT_FALSE(password_matches("", record));
}

TEST(password_hash_test, salts) { EXPECT_NE(hash_password("same", 4), hash_password("same", 4)); }

TEST(password_hash_test, loses_no_byte_beyond_the_72_that_bcrypt_looks_at) {
  std::string longest(400, 'x');
  auto record = hash_password(longest, 4);
  EXPECT_TRUE(password_matches(longest, record));
  longest.back() = 'y';
  EXPECT_FALSE(password_matches(longest, record));
}

TEST(password_hash_test, matches_nothing_with_a_record_that_is_damaged) {
  auto good = hash_password("correct horse", 4);
  for (auto& record :
       {std::string{}, std::string{"bcrypt-sha384$"}, std::string{"plain"},
        good.substr(0, good.size() - 1), good + "x", good.substr(14),
        "bcrypt-sha384$" + std::string(60, '$')}) {
    EXPECT_FALSE(password_matches("correct horse", record)) << record;
  }
  EXPECT_EQ(cost_of("plain"), 0u);
}

TEST(password_hash_test, has_a_record_that_costs_the_same_and_matches_nothing) {
  auto record = unmatched_record(4);
  EXPECT_EQ(cost_of(record), 4u);
  EXPECT_EQ(record.size(), hash_password("x", 4).size());
  EXPECT_FALSE(password_matches("", record));
  EXPECT_FALSE(password_matches("x", record));
}

TEST(password_rule_test, takes_good_passwords_in_any_script) {
  for (auto* good :
       {"correct horse battery", "gleis-7-kreuzung", "Ünterführung9", "пароль-семафор", "kT9#vLq2",
        "密码信号楼轨道八号", "934857203948"})
    EXPECT_EQ(codes(good), "") << good;
  EXPECT_EQ(codes("kT9#" + std::string("vLq2wXz8") + std::string(88, '~')), "");
}

TEST(password_rule_test, names_each_rule_that_is_broken) {
  EXPECT_EQ(codes("kT9#vLq"), "too_short ");
  EXPECT_EQ(codes("ü1ö2ä3ß"), "too_short ");
  EXPECT_EQ(codes("kT9#vLq2" + std::string(93, '~')), "too_long ");
  EXPECT_EQ(codes("kT9#\nvLq2"), "bad_format ");
  EXPECT_EQ(codes(std::string("kT9#\0vLq2", 9)), "bad_format ");
  EXPECT_EQ(codes("password"), "too_common ");
  EXPECT_EQ(codes("xx-Ada_L-77"), "contains_name ");
  EXPECT_EQ(codes("my-LoveLace-77"), "contains_name ");
}

TEST(password_rule_test, refuses_what_everybody_tries_first_however_it_is_dressed) {
  for (auto* tried :
       {"password",
        "Password1",
        "P@ssw0rd",
        "p4$$w0rd!",
        "password123",
        "123password",
        "!!Admin!!",
        "Admin123!",
        "admin123",
        "changeme",
        "ChangeMe!",
        "change-me-in-production",
        "12345678",
        "87654321",
        "11111111",
        "19841984",
        "abcdefgh",
        "qwertyuiop",
        "qwertz12345",
        "1q2w3e4r",
        "1qaz2wsx",
        "asdfghjkl",
        "testtest",
        "iloveyou",
        "letmein1",
        "trustno1",
        "Welcome2024",
        "stellwerk1",
        "aaaabbbb",
        "qwerty123",
        "Sommer2025!",
        "secret123",
        "dragon99",
        "your_jwt_secret_here_min_32_chars",
        "dev-key-change-in-production"})
    EXPECT_TRUE(is_commonplace(tried)) << tried;
}

TEST(password_rule_test, stands_for_more_than_three_thousand_passwords) {
  std::istringstream words{std::string{common_words}};
  std::size_t refused = 0;
  for (std::string word; words >> word;)
    for (auto* end : {"1", "123", "2024", "!", "12345"}) {
      EXPECT_TRUE(is_commonplace(word + end)) << word << end;
      ++refused;
    }
  EXPECT_GE(refused, 3000u);
}

struct hasher_test : actor_test {
  hasher_actor aut = spawn(hasher);
  void TearDown() override {
    aut = nullptr;
    actor_test::TearDown();
  }
};

TEST_F(hasher_test, checks_and_says_when_a_record_should_cost_more) {
  auto record = ask<std::string>(aut, hash_password_now{secret{std::string_view{"semaphore"}}, 4});
  ASSERT_TRUE(record);
  auto check = [&](std::string_view password, std::uint32_t cost) {
    auto told = ask<password_verdict>(aut, check_password{secret{password}, *record, cost});
    EXPECT_TRUE(told);
    return *told;
  };
  EXPECT_TRUE(check("semaphore", 4).right);
  EXPECT_EQ(check("semaphore", 4).better_record, "");
  EXPECT_FALSE(check("semaphorf", 5).right);
  EXPECT_EQ(check("semaphorf", 5).better_record, "");
  auto better = check("semaphore", 5).better_record;
  EXPECT_EQ(cost_of(better), 5u);
  EXPECT_TRUE(password_matches("semaphore", better));
}

TEST_F(hasher_test, refuses_the_sixty_fifth_that_waits) {
  std::vector<answer<std::string>> asked;
  for (int i = 0; i < 65; ++i)
    asked.push_back(begin<std::string>(aut, hash_password_now{secret{std::string_view{"x"}}, 4}));
  // All ask before the hasher runs: the askers were started in this order.
  settle();
  std::size_t busy = 0;
  for (auto& one : asked) {
    ASSERT_TRUE(*one);
    if (!**one) busy += is((*one)->error(), errc::busy);
  }
  EXPECT_EQ(busy, 1u);
}

}  // namespace
}  // namespace stellwerk
