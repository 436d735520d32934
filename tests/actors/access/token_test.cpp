#include "actors/access/token.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "actors/access/token_verifier.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {
namespace {

constexpr std::int64_t now = 1'800'000'000;

secret node_secret() { return secret{std::string_view{"a secret of more than thirty-two bytes"}}; }

token_rule access_rule() { return {token_type::access, "site-1", 1800}; }

token_claims good_claims() {
  return {
      "site-1",
      std::string{token_claims::audience},
      token_type::access,
      uuid_v4(),
      uuid_v4(),
      uuid_v4(),
      {now},
      {now + 1800}};
}

struct token_test : testing::Test {
  token_keys keys = derive_token_keys(node_secret());
  token_mac access{keys.access};
  token_mac refresh{keys.refresh};

  token_refusal read(std::string_view token, const token_rule& rule = access_rule()) {
    token_claims ignored;
    return read_token(access, rule, token, ignored);
  }
  /// A token with a true signature over any header and any claims.
  std::string signed_text(std::string_view header, std::string_view claims) {
    auto text = to_base64url(header) + '.' + to_base64url(claims);
    auto tag = access.sign(text);
    return text + '.' + to_base64url({reinterpret_cast<const char*>(tag.data()), tag.size()});
  }
  std::string with_claims(std::string_view claims) {
    return signed_text(R"({"alg":"HS256","typ":"JWT"})", claims);
  }
};

TEST_F(token_test, reads_back_what_it_signed) {
  auto claims = good_claims();
  token_claims read;
  ASSERT_EQ(
      read_token(access, access_rule(), sign_token(access, claims), read), token_refusal::none
  );
  EXPECT_EQ(json::encode(read), json::encode(claims));
}

TEST_F(token_test, refuses_a_token_with_any_one_letter_changed) {
  auto token = sign_token(access, good_claims());
  for (auto& letter : token) {
    auto kept = std::exchange(letter, letter == 'A' ? 'B' : 'A');
    EXPECT_NE(read(token), token_refusal::none) << token;
    letter = kept;
  }
  EXPECT_EQ(read(token), token_refusal::none);
}

TEST_F(token_test, refuses_every_other_form) {
  auto good = sign_token(access, good_claims());
  auto first = good.find('.');
  auto second = good.rfind('.');
  auto header = good.substr(0, first);
  auto claims = good.substr(first + 1, second - first - 1);
  auto signature = good.substr(second + 1);
  auto last_spelt_otherwise = good;  // 43 letters hold 258 bits: the last two must be zero
  last_spelt_otherwise.back() = static_cast<char>(last_spelt_otherwise.back() + 1);
  std::vector<std::string> wrong{
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      header,
      header + '.',
      header + "..",
      header + '.' + claims,
      header + '.' + claims + '.',
      header + ".." + signature,
      '.' + claims + '.' + signature,
      good + '.',
      good + '=',
      good + ' ',
      ' ' + good,
      good + ".x",
      "Bearer " + good,
      header + '.' + claims + '.' + signature.substr(1),
      good + "AAAA",
      good + std::string(1, '\0'),
      header + '.' + claims + '.' + std::string(43, 'A'),
      last_spelt_otherwise};
  for (auto& token : wrong) EXPECT_NE(read(token), token_refusal::none) << token;
}

TEST_F(token_test, takes_no_header_but_its_own_however_well_signed) {
  auto claims = json::encode(good_claims());
  EXPECT_EQ(read(signed_text(R"({"alg":"HS256","typ":"JWT"})", claims)), token_refusal::none);
  for (auto* header :
       {R"({"alg":"none","typ":"JWT"})", R"({"alg":"NONE"})", R"({"alg":"HS512","typ":"JWT"})",
        R"({"alg":"RS256","typ":"JWT"})", R"({"typ":"JWT","alg":"HS256"})", R"({"alg":"HS256"})",
        R"({"alg":"HS256","typ":"JWT","crit":["x"]})", R"({"alg":"HS256","typ":"JWT","kid":"1"})",
        R"({"alg":"HS256","typ":"JWT","jwk":{}})", R"({ "alg":"HS256","typ":"JWT"})", "{}", ""})
    EXPECT_EQ(read(signed_text(header, claims)), token_refusal::malformed) << header;
}

TEST_F(token_test, refuses_claims_that_are_missing_doubled_unknown_or_of_another_type) {
  auto good = json::encode(good_claims());
  auto replaced = [&](std::string_view what, std::string_view by) {
    auto text = good;
    auto at = text.find(what);
    EXPECT_NE(at, text.npos) << what;
    return text.replace(at, what.size(), by);
  };
  ASSERT_EQ(read(with_claims(good)), token_refusal::none);
  std::vector<std::string> wrong{
      "",
      "{}",
      "[]",
      "null",
      good + ' ' + good,
      good.substr(1),
      "\xff" + good,
      replaced(R"("iss":"site-1",)", ""),
      replaced(R"("site-1")", R"("site-2")"),
      replaced(R"("site-1")", R"(["site-1"])"),
      replaced(R"("aud":"stellwerk")", R"("aud":"")"),
      replaced(R"("aud":"stellwerk",)", ""),
      replaced(R"("type":"access",)", ""),
      replaced(R"("access")", R"("refresh")"),
      replaced(R"("access")", R"("agent")"),
      replaced(R"("access")", "1"),
      replaced(
          R"("sub":")", R"("sub":")"
                        "x"
      ),
      replaced(R"("sub")", R"("bus")"),
      replaced(R"("sid")", R"("dis")"),
      replaced(R"("jti")", R"("itj")"),
      replaced(R"("iat":1800000000,)", ""),
      replaced(R"(,"exp":1800001800)", ""),
      replaced("1800001800", "\"1800001800\""),
      replaced("1800001800", "1800001800.0"),
      replaced("1800001800", "18000018e2"),
      replaced("1800001800", "true"),
      replaced("1800001800", "null"),
      replaced("1800001800", "-1"),
      replaced("1800001800", "9007199254740992"),
      replaced("1800001800", "18446744073709551616"),
      replaced("1800001800", "NaN"),
      replaced("1800001800", "1800000000"),
      replaced("1800001800", "1800001801"),
      replaced("{", R"({"exp":1800001800,)"),
      replaced("{", R"({"nbf":0,)"),
      replaced("{", R"({"role":"admin",)")};
  for (auto& claims : wrong) EXPECT_NE(read(with_claims(claims)), token_refusal::none) << claims;
}

TEST_F(token_test, refuses_a_token_id_that_is_not_random) {
  auto claims = good_claims();
  claims.jti = uuid_v7(wall_time{});
  EXPECT_EQ(read(sign_token(access, claims)), token_refusal::bad_claims);
}

TEST_F(token_test, refuses_what_is_longer_than_4096_bytes_before_it_is_looked_at) {
  auto claims = good_claims();
  claims.iss = std::string(4096, 's');
  auto token = sign_token(access, claims);
  EXPECT_EQ(read(token, {token_type::access, claims.iss, 1800}), token_refusal::malformed);
}

TEST_F(token_test, has_a_key_of_its_own_for_each_purpose) {
  auto claims = good_claims();
  EXPECT_EQ(read(sign_token(refresh, claims)), token_refusal::forged);
  claims.type = token_type::refresh;
  EXPECT_EQ(read(sign_token(access, claims)), token_refusal::wrong_type);
  EXPECT_FALSE(keys.access.matches(keys.refresh.reveal()));
  EXPECT_FALSE(keys.access.matches(keys.ids.reveal()));
}

/// RFC 5869 gives no vector with an empty salt and our lengths; this one was made by
/// `openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:… -kdfopt info:… HKDF`.
TEST_F(token_test, derives_keys_as_hkdf_says) {
  auto bytes = keys.access.reveal();
  EXPECT_EQ(
      to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}),
      "f6b1fe163cf0d8ce123eb6576a308f8c3842549c0ede004979031bc8a8b586c0"
  );
}

TEST_F(token_test, lives_from_its_issue_to_its_end_with_thirty_seconds_of_grace) {
  auto claims = good_claims();
  struct row {
    std::int64_t at;
    token_refusal why;
  };
  for (auto [at, why] : std::vector<row>{
           {now - 31, token_refusal::from_the_future},
           {now - 30, token_refusal::none},
           {now + 1829, token_refusal::none},
           {now + 1830, token_refusal::expired}})
    EXPECT_EQ(check_times(claims, at), why) << at;
}

TEST_F(token_test, looks_at_the_times_of_a_remembered_token_again) {
  token_verifier tokens{keys.access, access_rule(), 2};
  auto token = sign_token(access, good_claims());
  EXPECT_NE(tokens.check(token, now).claims, nullptr);
  EXPECT_EQ(tokens.check(token, now + 1830).why, token_refusal::expired);
  EXPECT_EQ(tokens.check(token, now - 31).why, token_refusal::from_the_future);
  EXPECT_NE(tokens.check(token, now).claims, nullptr);
}

TEST_F(token_test, answers_rightly_when_more_tokens_come_than_it_remembers) {
  token_verifier tokens{keys.access, access_rule(), 2};
  std::vector<token_claims> all(5);
  for (auto& claims : all) claims = good_claims();
  for (int round = 0; round < 2; ++round)
    for (auto& claims : all) {
      auto token = sign_token(access, claims);
      for (int twice = 0; twice < 2; ++twice) {
        auto found = tokens.check(token, now);
        ASSERT_NE(found.claims, nullptr);
        EXPECT_EQ(found.claims->sub, claims.sub);
      }
    }
}

TEST_F(token_test, remembers_no_failure) {
  token_verifier tokens{keys.access, access_rule(), 2};
  auto token = sign_token(access, good_claims());
  EXPECT_EQ(tokens.check(token, now - 31).why, token_refusal::from_the_future);
  EXPECT_NE(tokens.check(token, now).claims, nullptr);
}

TEST(secret_test, is_wiped_when_it_moves_and_compares_in_constant_time_only) {
  std::string source = "correct horse";
  secret first{std::move(source)};
  EXPECT_EQ(source, "");
  secret second{std::move(first)};
  EXPECT_TRUE(first.empty());
  EXPECT_TRUE(second.matches("correct horse"));
  EXPECT_FALSE(second.matches("correct horsf"));
  EXPECT_FALSE(second.matches("correct hors"));
  first = second;
  EXPECT_TRUE(first.matches("correct horse"));
  static_assert(!std::equality_comparable<secret>);
  static_assert(!described_struct<secret>);
}

}  // namespace
}  // namespace stellwerk
