#include "persistence/signing_key.hpp"

#include <gtest/gtest.h>

#include "actors/model/ids.hpp"

namespace stellwerk {
namespace {

struct vector_of_rfc_8032 {
  const char* seed;
  const char* public_key;
  const char* text;
  const char* signature;
};
constexpr vector_of_rfc_8032 published[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(signing_key, signs_as_published) {
  for (auto& one : published) {
    signing_key key{*from_hex(one.seed)};
    auto text = *from_hex(one.text);
    EXPECT_EQ(key.public_key(), one.public_key);
    EXPECT_EQ(key.sign(text), one.signature);
    EXPECT_TRUE(is_signed(one.public_key, text, one.signature));
    EXPECT_FALSE(is_signed(one.public_key, text + "x", one.signature));
    EXPECT_FALSE(is_signed(published[1].seed, text, one.signature)) << "another's";
  }
}

TEST(signing_key, takes_no_other_length) {
  EXPECT_THROW(signing_key{""}, std::runtime_error);
  EXPECT_THROW(signing_key{std::string(31, 'x')}, std::runtime_error);
  EXPECT_THROW(signing_key{std::string(33, 'x')}, std::runtime_error);
}

TEST(signing_key, finds_nothing_signed_by_what_is_no_key_or_no_signature) {
  signing_key key{std::string(32, 'x')};
  auto good = key.sign("text");
  ASSERT_TRUE(is_signed(key.public_key(), "text", good));
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = bad[at] == '0' ? '1' : '0';
    EXPECT_FALSE(is_signed(key.public_key(), "text", bad)) << at;
  }
  for (auto* wrong : {"", "0", "zz", "00"}) {
    EXPECT_FALSE(is_signed(wrong, "text", good));
    EXPECT_FALSE(is_signed(key.public_key(), "text", wrong));
    EXPECT_EQ(fingerprint_of(wrong), "");
    EXPECT_EQ(kid_of(wrong), "");
  }
}

TEST(signing_key, is_named_by_the_digest_of_its_public_part) {
  EXPECT_EQ(
      fingerprint_of(published[0].public_key),
      "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9"
  );
  EXPECT_EQ(kid_of(published[0].public_key), "21fe31dfa154a261");
}

}  // namespace
}  // namespace stellwerk
