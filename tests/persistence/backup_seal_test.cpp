#include <gmock/gmock.h>

#include <iterator>
#include <random>

#include "tests/persistence/backup_stage.hpp"

/// Backups that are encrypted: what they show, and what is done to them unseen.
namespace stellwerk {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr auto head_bytes = std::uint64_t{sealed_stream::head_bytes};
constexpr auto sealed_chunk = std::uint64_t{sealed_stream::chunk_bytes + gcm_tag_bytes};
constexpr std::string_view marker = "the-marker-that-nobody-may-read";

backup_key_ptr key_of(char letter) {
  key_256 secret;
  secret.bytes.fill(static_cast<std::uint8_t>(letter));
  return std::make_shared<const backup_key>(secret);
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}
void write_bytes(const fs::path& file, std::string_view bytes) {
  std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

struct backup_seal_test : backup_stage {
  void SetUp() override {
    backup_stage::SetUp();
    use_key(ours);
    configuration = "site = \"main\"  # " + std::string{marker} + '\n';
    for (int i = 0; i < 20; ++i) put("key-" + std::to_string(i), std::string{marker});
    measure(3, 30);
    put_table('a');
    put("in-the-log", std::string(1000, 'v') + std::string{marker});
    backup = made();
  }
  /// Documents that end in one table of some 2.5 chunks.
  void put_table(char seed) {
    std::mt19937 draw{static_cast<unsigned>(seed)};
    for (int i = 0; i < 5; ++i) {
      std::string noise(500'000, '\0');
      for (auto& letter : noise) letter = static_cast<char>(draw());
      put("big-" + std::to_string(i), noise + std::string{marker});
    }
    rocksdb::CompactRangeOptions whole;
    whole.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (std::size_t family = 0; family < 4; ++family)
      EXPECT_TRUE((*store_db)->Flush({}, store_db->family(family)).ok());
    EXPECT_TRUE((*store_db)->CompactRange(whole, store_db->family(0), nullptr, nullptr).ok());
  }
  fs::path manifest(const std::string& id) const { return backups / (id + ".manifest"); }
  void expect_refused(const std::string& where, errc code = errc::invalid) {
    auto told = checked(backup.id);
    EXPECT_TRUE(is(told, code)) << where << ": " << render(told);
    auto refused = restored(backup.id);
    ASSERT_FALSE(refused) << where;
    EXPECT_TRUE(is(refused.error(), code)) << where << ": " << render(refused.error());
    EXPECT_FALSE(fs::exists(place)) << where;
    EXPECT_FALSE(fs::exists(place.string() + ".restoring")) << where;
  }
  void expect_refused_with(const fs::path& file, std::string_view bytes, const std::string& why) {
    auto whole = bytes_of(file);
    ASSERT_NE(whole, bytes) << why;
    write_bytes(file, bytes);
    expect_refused(why);
    write_bytes(file, whole);
  }
  /// The manifest's digest made right again, as anybody can.
  static std::string sealed_again(const std::string& bytes) {
    digest over;
    over.add(std::string_view{bytes}.substr(65, bytes.size() - 66));
    return over.text() + bytes.substr(64);
  }
  const backup_file& big_one() const {
    return *std::ranges::max_element(backup.files, {}, &backup_file::size);
  }

  backup_key_ptr ours = key_of('k'), others = key_of('x');
  backup_manifest backup;
};

TEST_F(backup_seal_test, brings_everything_back_and_shows_nothing_of_it) {
  ASSERT_GT(backup.files.size(), 8u);
  auto secret = std::string(32, 'k');
  for (auto& file : fs::recursive_directory_iterator{backups}) {
    auto bytes = file.is_regular_file() ? bytes_of(file.path()) : std::string{};
    for (auto& what :
         {std::string{marker}, std::string{"a note"}, std::string(64, 'v'), secret,
          std::string{"store/"}, std::string{"rocksdb"}})
      EXPECT_EQ(bytes.find(what), std::string::npos) << file.path() << " shows " << what;
  }
  for (auto& one : backup.files) {
    EXPECT_FALSE(fs::exists(backup_folder{backups}.file(one.sha256))) << "a plain digest";
    EXPECT_EQ(fs::file_size(pool_file(one)), sealed_stream::sealed_size(one.size));
  }
  EXPECT_FALSE(checked(backup.id));
  auto report = restored(backup.id);
  ASSERT_TRUE(report) << render(report.error());
  EXPECT_EQ(report->bytes, size_of(backup));
  auto after = found();
  for (auto& [id, value] : acknowledged.documents) EXPECT_EQ(after.documents[id], value) << id;
  EXPECT_EQ(after.samples[3], 30);
  EXPECT_EQ(bytes_of(place / "stellwerk.toml"), configuration);
}

TEST_F(backup_seal_test, is_refused_with_a_bit_flipped_in_any_file) {
  for (auto& one : backup.files) {
    auto size = fs::file_size(pool_file(one));
    for (auto at :
         {std::uint64_t{0}, std::uint64_t{8}, std::uint64_t{16}, head_bytes, size / 2,
          size - gcm_tag_bytes - 1, size - 1}) {
      flip(pool_file(one), at);
      expect_refused(one.path + " at " + std::to_string(at));
      flip(pool_file(one), at);
    }
  }
  EXPECT_TRUE(restored(backup.id));
}

TEST_F(backup_seal_test, is_refused_with_chunks_moved_lost_or_doubled) {
  auto file = pool_file(big_one());
  auto whole = bytes_of(file);
  ASSERT_GT(whole.size(), head_bytes + 2 * sealed_chunk);
  auto head = whole.substr(0, head_bytes), last = whole.substr(head_bytes + 2 * sealed_chunk);
  auto first = whole.substr(head_bytes, sealed_chunk);
  auto second = whole.substr(head_bytes + sealed_chunk, sealed_chunk);
  expect_refused_with(file, head + second + first + last, "exchanged");
  expect_refused_with(file, head + first + first + last, "doubled in another's place");
  expect_refused_with(file, head + first + last, "lost");
  expect_refused_with(file, head + first + second + second + last, "doubled");
  expect_refused_with(file, head + first + second, "cut at the border of a chunk");
  expect_refused_with(file, head + first, "cut after the first");
  expect_refused_with(file, head, "its head alone");
  expect_refused_with(file, "", "empty");
  expect_refused_with(file, whole + '\0', "longer");
  EXPECT_TRUE(restored(backup.id));
}

/// Both of one key, so that it is no matter of reading them.
TEST_F(backup_seal_test, is_refused_with_anything_of_another_backup_in_its_place) {
  put_table('b');
  auto other = made();
  for (auto& theirs : other.files)
    for (auto& one : backup.files) {
      if (one.path != theirs.path || one.sha256 == theirs.sha256) continue;
      expect_refused_with(pool_file(one), bytes_of(pool_file(theirs)), one.path);
      auto same_length = bytes_of(pool_file(theirs));
      same_length.resize(fs::file_size(pool_file(one)));
      expect_refused_with(pool_file(one), same_length, one.path);
    }
  auto mine = bytes_of(manifest(backup.id)), theirs = bytes_of(manifest(other.id));
  expect_refused_with(manifest(backup.id), theirs, "its manifest");
  auto renamed = theirs;
  renamed.replace(renamed.find(other.id), other.id.size(), backup.id);
  expect_refused_with(manifest(backup.id), sealed_again(renamed), "its manifest, renamed");
  auto cover = mine.substr(0, mine.find('\n', 65));
  expect_refused_with(
      manifest(backup.id), sealed_again(cover + theirs.substr(theirs.find('\n', 65))),
      "what its manifest holds"
  );
}

TEST_F(backup_seal_test, is_refused_with_a_manifest_changed_anywhere) {
  auto whole = bytes_of(manifest(backup.id));
  for (std::size_t at = 0; at < whole.size(); at += 5) {
    auto flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_FALSE(manifest_from(flipped, ours)) << at;
    EXPECT_FALSE(manifest_from(flipped)) << at << ", without the key";
    if (at > 65 && at + 1 < whole.size()) {
      auto told = manifest_from(sealed_again(flipped), ours);  // of another key, it may say
      EXPECT_TRUE(!told || told->locked) << at << ", digest made right";
    }
    EXPECT_FALSE(manifest_from(whole.substr(0, at), ours)) << at;
  }
  EXPECT_TRUE(manifest_from(whole, ours));
}

TEST_F(backup_seal_test, is_locked_without_its_key_and_says_which_it_wants) {
  use_key({});
  auto plain = made();
  for (auto& key : {backup_key_ptr{}, others}) {
    use_key(key);
    auto told = keeper.read(backup.id);
    ASSERT_TRUE(told);
    EXPECT_TRUE(told->locked);
    EXPECT_EQ(told->key_id, ours->id());
    EXPECT_EQ(told->content.site, "main");
    EXPECT_EQ(told->content.created_at, backup.created_at);
    EXPECT_THAT(told->names, testing::SizeIs(backup.files.size()));
    EXPECT_TRUE(told->content.files.empty() && told->content.note.empty());
    expect_refused("locked", errc::conflict);
    EXPECT_THAT(refusal_of(checked(backup.id)).detail, HasSubstr(ours->id()));
    EXPECT_FALSE(keeper.read(plain.id)->locked);
    EXPECT_EQ(static_cast<bool>(checked(plain.id)), key != nullptr)
        << "with a key it could be anybody's";
  }
  EXPECT_THAT(refusal_of(checked(backup.id)).detail, HasSubstr("given is " + others->id()));
  use_key(ours);
  auto refused = restored(plain.id);
  ASSERT_FALSE(refused) << "it could be anybody's";
  EXPECT_THAT(refusal_of(refused.error()).detail, HasSubstr("not encrypted"));
}

TEST_F(backup_seal_test, shares_files_with_those_of_its_key_alone) {
  put("one", "more");
  auto second = made();
  EXPECT_LT(second.written_bytes, backup.written_bytes / 2) << "a table and a log or two";
  use_key(others);
  auto third = made();
  EXPECT_GT(third.written_bytes, size_of(third) - 100);  // two small ones may be alike
  auto fourth = made();
  EXPECT_EQ(fourth.written_bytes, 0u);
  EXPECT_FALSE(checked(fourth.id));
  use_key(ours);
  EXPECT_FALSE(checked(backup.id));
  EXPECT_TRUE(restored(second.id));
}

TEST_F(backup_seal_test, loses_no_file_to_the_removal_of_one_of_another_key) {
  auto kept = pool_size();
  use_key(others);
  auto second = made();
  use_key({});
  auto third = made();
  auto lock = keeper.lock();
  ASSERT_TRUE(lock);
  keeper.remove_strays();
  EXPECT_FALSE(keeper.remove(second.id)) << "whose key is not at hand";
  EXPECT_FALSE(keeper.remove(third.id));
  EXPECT_EQ(pool_size(), kept);
  use_key(ours);
  EXPECT_FALSE(checked(backup.id));
  EXPECT_TRUE(restored(backup.id));
}

TEST_F(backup_seal_test, replaces_a_shared_file_that_was_damaged_since) {
  flip(pool_file(big_one()), fs::file_size(pool_file(big_one())) / 2);
  EXPECT_TRUE(is(checked(backup.id), errc::invalid));
  auto second = made();
  EXPECT_FALSE(checked(second.id));
  EXPECT_FALSE(checked(backup.id)) << "it shares them";
}

}  // namespace
}  // namespace stellwerk
