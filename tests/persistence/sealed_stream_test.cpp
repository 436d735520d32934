#include "persistence/sealed_stream.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "actors/model/error.hpp"
#include "actors/model/ids.hpp"
#include "persistence/private_file.hpp"
#include "tests/temporary_folder.hpp"

/// The primitives against published vectors, streams against everything that can be done to them.
namespace stellwerk {
namespace {

namespace fs = std::filesystem;

constexpr auto head_bytes = sealed_stream::head_bytes;
constexpr auto sealed_chunk = sealed_stream::chunk_bytes + gcm_tag_bytes;

std::string bytes(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
  return out;
}
std::string hex(std::string_view text) {
  return to_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}
template <std::size_t N>
std::array<std::uint8_t, N> array_of(const std::string& text) {
  std::array<std::uint8_t, N> out{};
  std::ranges::transform(text, out.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return out;
}
backup_key key_of(char letter) {
  key_256 secret;
  secret.bytes.fill(static_cast<std::uint8_t>(letter));
  return backup_key{secret};
}

// Test cases 13, 14 and 15 of the GCM specification submitted to NIST.
struct gcm_row {
  const char *key, *nonce, *plain, *sealed;
};
constexpr auto zeros = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr gcm_row gcm_rows[] = {
    {zeros, "000000000000000000000000", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {zeros, "000000000000000000000000", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
     "b094dac5d93471bdec1a502270e3cc6c"},
};

TEST(cipher_test, seals_as_the_vectors_of_gcm_say) {
  for (auto& row : gcm_rows) {
    key_256 key;
    key.bytes = array_of<32>(bytes(row.key));
    auto nonce = array_of<12>(bytes(row.nonce));
    auto sealed = gcm_seal(key, nonce, bytes(row.plain));
    EXPECT_EQ(hex(sealed), row.sealed);
    for (std::size_t at = 0; at < sealed.size(); ++at) {
      auto changed = sealed;
      changed[at] = static_cast<char>(changed[at] ^ 0x10);
      EXPECT_FALSE(gcm_open(key, nonce, changed));
      EXPECT_EQ(changed, "") << "of what is not genuine nothing is given";
    }
    ASSERT_TRUE(gcm_open(key, nonce, sealed));
    EXPECT_EQ(hex(sealed), row.plain);
  }
  std::string shorter(gcm_tag_bytes - 1, 'x');
  EXPECT_FALSE(gcm_open(key_256{}, gcm_nonce{}, shorter));
}

// RFC 5869 A.1 and A.3, their first 32 bytes; RFC 4231 4.2 and 4.3.
TEST(cipher_test, derives_and_signs_as_the_vectors_of_the_rfcs_say) {
  std::string from(22, '\x0b');
  EXPECT_EQ(
      hex(hkdf_sha256(from, bytes("000102030405060708090a0b0c"), bytes("f0f1f2f3f4f5f6f7f8f9"))
              .view()),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
  );
  EXPECT_EQ(
      hex(hkdf_sha256(from, {}, {}).view()),
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
  );
  EXPECT_EQ(
      hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
  );
  EXPECT_EQ(
      hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
  );
}

struct sealed_stream_test : testing::Test {
  /// 2.5 chunks, none like another.
  static std::string two_and_a_half() {
    std::string text(sealed_stream::chunk_bytes * 5 / 2, '\0');
    std::uint32_t state = 1;
    for (auto& letter : text) {
      state = state * 1'664'525u + 1'013'904'223u;
      letter = static_cast<char>(state >> 24u);
    }
    return text;
  }
  std::string chunk(std::size_t number) const {
    return sealed.substr(head_bytes + number * sealed_chunk, sealed_chunk);
  }
  bool opens(const std::string& text) const { return open_text(key, "file a", text).has_value(); }

  backup_key key = key_of('k');
  std::string plain = two_and_a_half();
  std::string sealed = seal_text(key, "file a", plain);
  std::string head = sealed.substr(0, head_bytes);
};

TEST_F(sealed_stream_test, opens_as_what_it_was_sealed_and_as_nothing_else) {
  EXPECT_EQ(open_text(key, "file a", sealed), plain);
  EXPECT_FALSE(open_text(key, "file b", sealed));
  EXPECT_FALSE(open_text(key_of('x'), "file a", sealed));
  auto again = seal_text(key, "file a", plain);
  EXPECT_NE(again.substr(head_bytes, 16), sealed.substr(head_bytes, 16)) << "a key of its own";
  EXPECT_EQ(sealed.find(plain.substr(0, 16)), std::string::npos);
}

TEST_F(sealed_stream_test, has_a_size_that_tells_that_of_what_is_in_it) {
  constexpr auto chunk = std::uint64_t{sealed_stream::chunk_bytes};
  for (auto size : {std::uint64_t{0}, std::uint64_t{1}, chunk - 1, chunk, chunk + 1, 3 * chunk}) {
    std::string text(size, 't');
    auto made = seal_text(key, "file a", text);
    EXPECT_EQ(made.size(), sealed_stream::sealed_size(size));
    EXPECT_EQ(sealed_stream::plain_size(made.size()), size);
    EXPECT_EQ(open_text(key, "file a", made), text) << size;
  }
  EXPECT_FALSE(sealed_stream::plain_size(0));
  EXPECT_FALSE(sealed_stream::plain_size(head_bytes + gcm_tag_bytes - 1));
  EXPECT_FALSE(sealed_stream::plain_size(head_bytes + sealed_chunk + gcm_tag_bytes));
}

TEST_F(sealed_stream_test, does_not_open_with_any_byte_changed) {
  auto borders = std::set<std::size_t>{sealed.size() - 1, sealed.size() - 16, sealed.size() - 17};
  for (std::size_t at = 0; at < head_bytes + 32; ++at) borders.insert(at);
  for (std::size_t number : {1u, 2u})
    for (std::size_t at = 0; at < 20; ++at) borders.insert(head_bytes + number * sealed_chunk - at);
  for (auto at : borders) {
    auto changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(opens(changed)) << at;
  }
}

TEST_F(sealed_stream_test, does_not_open_with_chunks_moved_lost_doubled_or_of_another) {
  auto last = sealed.substr(head_bytes + 2 * sealed_chunk);
  EXPECT_TRUE(opens(head + chunk(0) + chunk(1) + last));
  EXPECT_FALSE(opens(head + chunk(1) + chunk(0) + last));
  EXPECT_FALSE(opens(head + chunk(0) + last));
  EXPECT_FALSE(opens(head + chunk(0) + chunk(0) + chunk(1) + last));
  EXPECT_FALSE(opens(head + chunk(0) + chunk(1)));
  EXPECT_FALSE(opens(head + chunk(0)));
  EXPECT_FALSE(opens(head));
  EXPECT_FALSE(opens(head + last));
  EXPECT_FALSE(opens(sealed + last));
  EXPECT_FALSE(opens(sealed + 'x'));
  EXPECT_FALSE(opens(sealed.substr(0, sealed.size() - 1)));
  EXPECT_FALSE(opens(""));
  auto other = seal_text(key, "file a", plain);  // the same under another salt
  EXPECT_FALSE(opens(head + other.substr(head_bytes)));
  EXPECT_FALSE(opens(head + chunk(0) + other.substr(head_bytes + sealed_chunk)));
  auto cut_before = seal_text(key, "file a", plain.substr(0, 2 * sealed_stream::chunk_bytes));
  EXPECT_FALSE(opens(cut_before.substr(0, head_bytes) + chunk(0) + chunk(1)));
}

struct backup_key_test : testing::Test {
  fs::path written(const std::string& text) {
    EXPECT_TRUE(write_private_file(file, text));
    return file;
  }
  std::string refusal() {
    auto key = read_backup_key(file);
    EXPECT_FALSE(key);
    return key ? "" : refusal_of(key.error()).detail;
  }
  const std::string good = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";
  temporary_folder folder;
  fs::path file = folder.path() / "backup.key";
};

TEST_F(backup_key_test, is_the_same_each_time_and_another_of_each_secret) {
  auto one = read_backup_key(written(good + "\n"));
  auto same = read_backup_key(written(good));
  auto other = read_backup_key(written(std::string{good.rbegin(), good.rend()}));
  ASSERT_TRUE(one && same && other);
  EXPECT_EQ((*one)->id(), (*same)->id());
  EXPECT_EQ((*one)->id().size(), 16u);
  EXPECT_NE((*one)->id(), (*other)->id());
  EXPECT_EQ((*one)->name_of("x"), (*same)->name_of("x"));
  EXPECT_NE((*one)->name_of("x"), (*other)->name_of("x"));
  EXPECT_EQ(good.find((*one)->id()), std::string::npos);
}

TEST_F(backup_key_test, is_refused_unless_it_is_one_and_its_owners_alone_and_is_never_shown) {
  EXPECT_NE(refusal().find("is not there"), std::string::npos);
  for (auto& text :
       {std::string{}, good.substr(1), good + '0', good.substr(1) + 'g', std::string(64, '0'),
        "0x" + good.substr(2), good.substr(1) + 'F', std::string(5'000, 'a')}) {
    written(text);
    auto told = refusal();
    EXPECT_EQ(told.find(good.substr(1, 20)), std::string::npos) << told;
    EXPECT_TRUE(told.starts_with(file.string() + ": ")) << told;
  }
  written(good);
  ::chmod(file.c_str(), 0640);
  EXPECT_NE(refusal().find("0600"), std::string::npos);
  ::chmod(file.c_str(), 0400);
  EXPECT_TRUE(read_backup_key(file));
  fs::rename(file, folder.path() / "elsewhere");
  fs::create_symlink(folder.path() / "elsewhere", file);
  EXPECT_NE(refusal().find("no regular file"), std::string::npos);
  fs::remove(file);
  fs::create_directory(file);
  EXPECT_NE(refusal().find("no regular file"), std::string::npos);
}

}  // namespace
}  // namespace stellwerk
